namespace TlsFsm.Cli.Reporting;

/// <summary>What a recorder has seen of one end of a connection, up to a moment.</summary>
/// <param name="Name">What the end is called: client, server.</param>
/// <param name="Steps">Of the machines, oldest first.</param>
/// <param name="Messages">Sent and received, oldest first.</param>
/// <param name="Transfers">Bytes of TLS on the transport, oldest first.</param>
/// <param name="Pauses">Of flow control, and their ends, oldest first.</param>
/// <param name="LeftOut">Entries that came after there was room for no more.</param>
/// <param name="Session">What was negotiated; null before it was.</param>
/// <param name="Reason">Why it ended; <see cref="CloseReason.None"/> while it has not.</param>
/// <param name="Failure">What ended it, if anything failed.</param>
internal sealed record Recording(
    string Name,
    IReadOnlyList<Transition> Steps,
    IReadOnlyList<RecordedMessage> Messages,
    IReadOnlyList<RecordedTransfer> Transfers,
    IReadOnlyList<TlsPause> Pauses,
    int LeftOut,
    TlsSessionInfo? Session,
    CloseReason Reason,
    Exception? Failure)
{
    /// <summary>Where a machine is.</summary>
    /// <param name="machine">Its name.</param>
    /// <param name="initial">Where it is before its first step.</param>
    public string StateOf(string machine, string initial) =>
        Steps.LastOrDefault(step => step.Machine == machine) is { Machine: not null } last ? last.To : initial;
}
