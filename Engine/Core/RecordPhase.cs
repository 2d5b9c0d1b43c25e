namespace TlsFsm.Core;

/// <summary>How far a connection is, as far as it limits what a record may be.</summary>
internal enum RecordPhase
{
    /// <summary>Nothing was received yet: only a handshake message or an alert can come.</summary>
    First,

    /// <summary>The handshake runs.</summary>
    Handshake,

    /// <summary>The handshake has finished: records are protected.</summary>
    Established,
}
