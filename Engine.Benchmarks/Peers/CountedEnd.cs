namespace TlsFsm.Benchmarks.Peers;

/// <summary>
/// Stands between one connection and its loop and transport, and counts what the process does while the connection is at work: what one
/// end of a pair costs.
/// </summary>
internal sealed class CountedEnd(PairLoop loop) : IEventLoop, IBufferedProtocol
{
    /// <summary>CPU time of all connections of an end so far.</summary>
    public static TimeSpan CpuTime { get; private set; }

    /// <summary>Managed bytes that they allocated so far.</summary>
    public static long Allocated { get; private set; }

    /// <summary>The connection.</summary>
    public IBufferedProtocol? Connection { get; set; }

    public TimeProvider TimeProvider => loop.TimeProvider;

    /// <summary>Does and counts.</summary>
    public static T Count<T>(Func<T> what)
    {
        var (allocated, started) = (GC.GetAllocatedBytesForCurrentThread(), Environment.CpuUsage.TotalTime);
        var result = what();
        CpuTime += Environment.CpuUsage.TotalTime - started;
        Allocated += GC.GetAllocatedBytesForCurrentThread() - allocated;
        return result;
    }

    public void CallSoon(Action<object?> callback, object? state) => loop.CallSoon(_ => Count(() => callback(state)), null);

    public IDisposable CallLater(TimeSpan delay, Action<object?> callback, object? state) => loop.CallLater(delay, callback, state);

    public void ReportUnhandled(Exception exception, string message) => loop.ReportUnhandled(exception, message);

    public void ConnectionMade(ITransport transport) => Count(() => Connection!.ConnectionMade(transport));

    public Memory<byte> GetBuffer(int sizeHint) => Count(() => Connection!.GetBuffer(sizeHint));

    public void BufferUpdated(int count) => Count(() => Connection!.BufferUpdated(count));

    public bool EofReceived() => Connection!.EofReceived();

    public void ConnectionLost(Exception? exception) => Count(() => Connection!.ConnectionLost(exception));

    public void PauseWriting() => Connection!.PauseWriting();

    public void ResumeWriting() => Connection!.ResumeWriting();

    private static void Count(Action what) => Count(() =>
    {
        what();
        return true;
    });
}
