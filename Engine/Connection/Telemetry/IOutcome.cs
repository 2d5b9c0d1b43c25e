namespace TlsFsm.Connection.Telemetry;

/// <summary>Why a connection has ended.</summary>
internal interface IOutcome
{
    CloseReason Reason { get; }

    /// <summary>Null for a regular end or an abort.</summary>
    Exception? Failure { get; }
}
