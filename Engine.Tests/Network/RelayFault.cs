namespace TlsFsm.Tests.Network;

/// <summary>What a <see cref="Relay"/> does to what the peer sends us.</summary>
public enum RelayFault
{
    None,

    /// <summary>The stream ends there.</summary>
    EndOfStream,

    /// <summary>The connection is reset there.</summary>
    Reset,

    /// <summary>The record is altered in its last byte.</summary>
    Corruption,

    /// <summary>From there on nothing arrives, not even an end.</summary>
    Silence,
}
