namespace TlsFsm.Soak.Overload;

/// <summary>What attackers do, each again and again.</summary>
internal enum Attack
{
    /// <summary>There are none.</summary>
    Nothing,

    /// <summary>An accept storm: they connect, and reset at once.</summary>
    Storm,

    /// <summary>Half a ClientHello and no more, until they are thrown out (slowloris).</summary>
    Slowloris,

    /// <summary>
    /// A recorded ClientHello, and a reset behind the answer: the server agrees on a key and signs, the attacker computes nothing.
    /// </summary>
    Hellos,

    /// <summary>A full handshake, and a reset.</summary>
    Handshakes,

    /// <summary>A full handshake, and KeyUpdates that ask for KeyUpdates until it is cut (TLS 1.3).</summary>
    KeyUpdates,
}
