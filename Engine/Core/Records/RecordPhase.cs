namespace TlsFsm.Core.Records;

/// <summary>How far a connection is, as far as it limits what a record may be.</summary>
internal enum RecordPhase
{
    /// <summary>Nothing was received yet: only a handshake message or an alert can come.</summary>
    First,

    /// <summary>The version is not settled.</summary>
    Negotiating,

    /// <summary>TLS 1.2, in clear.</summary>
    Clear12,

    /// <summary>TLS 1.2, after change_cipher_spec.</summary>
    Protected12,

    /// <summary>TLS 1.3, a HelloRetryRequest under way: in clear.</summary>
    Clear13,

    /// <summary>
    /// TLS 1.3, from ServerHello on. What may still come in clear is a change_cipher_spec, or the alert of a client that has no keys.
    /// </summary>
    Protected13,
}
