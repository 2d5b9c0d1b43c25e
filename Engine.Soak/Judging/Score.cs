using System.Collections.Concurrent;
using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Sides;

namespace TlsFsm.Soak.Judging;

/// <summary>What a load has come to, in numbers, and every oracle that was broken. From any thread.</summary>
internal sealed class Score
{
    private readonly ConcurrentDictionary<(WireFault Fault, CloseReason? Client, CloseReason? Server), int> _ends = new();
    private readonly ConcurrentDictionary<HostKind, int> _hosts = new();
    private readonly ConcurrentQueue<string> _broken = new();
    private readonly ConcurrentQueue<WeakReference> _connections = new();
    private long _bytes;
    private long _played;
    private long _struck;

    public long Played => Interlocked.Read(ref _played);

    /// <summary>Of these, how many the fault has struck.</summary>
    public long Struck => Interlocked.Read(ref _struck);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Fault, and reason at either end; null for an end that never had a connection.</summary>
    public IReadOnlyDictionary<(WireFault Fault, CloseReason? Client, CloseReason? Server), int> Ends => _ends;

    public IReadOnlyDictionary<HostKind, int> Hosts => _hosts;

    /// <summary>Each with the seed and the number of its connection.</summary>
    public IReadOnlyCollection<string> Broken => _broken;

    public IReadOnlyCollection<WeakReference> Connections => _connections;

    /// <summary>Judges a connection that is over.</summary>
    public void Count(Run run)
    {
        run.Client.Close();
        run.Server.Close();
        foreach (var broken in Oracle.Judge(run))
            _broken.Enqueue($"{broken}\n    {run.Plan}\n    {run.Client}\n    {run.Server}");

        // A fault that came too late was none, but for deadlines.
        var fault = run.Plan.IsWeather || run.Plan.IsHasty || run.Wire is { HasStruck: true } ? run.Plan.Fault : WireFault.None;
        _ends.AddOrUpdate((fault, ReasonOf(run.Client), ReasonOf(run.Server)), 1, static (_, count) => count + 1);
        _hosts.AddOrUpdate(run.Plan.Host, 1, static (_, count) => count + 1);
        Interlocked.Add(ref _bytes, run.Client.Received + run.Server.Received);
        Interlocked.Increment(ref _played);
        if (!run.Plan.IsWeather && run.Wire is { HasStruck: true })
            Interlocked.Increment(ref _struck);
        foreach (var end in (Ledger[])[run.Client, run.Server])
            if (end.Ended is { } ended)
                _connections.Enqueue(ended);
    }

    /// <summary>Something is broken that belongs to no one connection.</summary>
    public void Break(string what) => _broken.Enqueue(what);

    private static CloseReason? ReasonOf(Ledger end) => end.Ended is null ? null : end.Reason;
}
