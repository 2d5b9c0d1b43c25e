using System.Collections.Concurrent;
using System.Diagnostics;
using TlsFsm.Soak.Hosts;
using TlsFsm.Soak.Judging;
using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Sides;

namespace TlsFsm.Soak;

/// <summary>A load of many connections under faults, and what has become of it.</summary>
internal sealed class Soak(SoakSettings settings) : IAsyncDisposable
{
    private readonly Party _party = new(settings.Connections);
    private readonly Dictionary<HostKind, IHost> _hosts = [];
    private readonly ConcurrentDictionary<long, Run> _open = new();
    private readonly List<Vitals> _vitals = [];
    private readonly Stopwatch _clock = new();
    private Score _score = new();
    private long _next;

    public Score Score => _score;

    /// <summary>How it went, a look a second.</summary>
    public IReadOnlyList<Vitals> Course => _vitals;

    /// <summary>Before the load and after it.</summary>
    public (Vitals Before, Vitals After) Ends { get; private set; }

    /// <summary>Warms up, loads, waits for what is left to go, and judges.</summary>
    /// <param name="look">Told how it goes, about once a second.</param>
    /// <param name="cancellationToken">Ends the load early; it is judged all the same.</param>
    /// <returns>Whether nothing is broken.</returns>
    public async Task<bool> RunAsync(Action<Vitals>? look = null, CancellationToken cancellationToken = default)
    {
        EventHandler<UnobservedTaskExceptionEventArgs> unobserved = (_, told) => _score.Break($"Nobody observed: {told.Exception}");
        if (settings.IsAlone)
            TaskScheduler.UnobservedTaskException += unobserved;
        try
        {
            foreach (var kind in settings.Hosts.Distinct())
                _hosts[kind] = await StartAsync(kind);

            if (settings.Only is { } only)
            {
                await PlayAsync(settings.Plan(only), CancellationToken.None);
                return _score.Broken.Count == 0;
            }

            if (!settings.IsAlone)
            {
                await LoadAsync(settings, look, cancellationToken);
                return _score.Broken.Count == 0;
            }

            // What is made once, and the pools' usual filling, are no leak. These count as nothing but broken oracles.
            var warming = _score;
            var few = settings with { Time = TimeSpan.FromMinutes(5), Limit = Math.Min(settings.Connections, WarmUp) };
            await LoadAsync(few, null, cancellationToken);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            var before = Vitals.Now(TimeSpan.Zero, 0);
            _score = new Score();
            foreach (var broken in warming.Broken)
                _score.Break(broken);

            _clock.Restart();
            await LoadAsync(settings, look, cancellationToken);
            foreach (var left in await Leftovers.FindAsync(before, _score.Connections, PatienceForLeftovers))
                _score.Break($"After the load: {left}");
            Ends = (before, Vitals.Now(_clock.Elapsed, 0));
            return _score.Broken.Count == 0;
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= unobserved;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.Values)
            await host.DisposeAsync();
        _party.Dispose();
    }

    private async Task<IHost> StartAsync(HostKind kind) => kind switch
    {
        HostKind.ListenerCallbacks => new ListenerHost(_party, hasStreams: false, Unhandled),
        HostKind.ListenerStream => new ListenerHost(_party, hasStreams: true, Unhandled),
        HostKind.DuplexPipe => new PipeHost(_party),
        HostKind.StreamOverStream => new StreamHost(_party),
        HostKind.TlsInTls => new NestedHost(_party),
        HostKind.Kestrel => await KestrelHost.StartAsync(_party),
        _ => new UpgradeHost(_party),
    };

    private void Unhandled(Exception exception, string message) => _score.Break($"Unhandled: {message} {exception}");

    private async Task LoadAsync(SoakSettings load, Action<Vitals>? look, CancellationToken cancellationToken)
    {
        using var stuck = new CancellationTokenSource();
        var begun = Stopwatch.StartNew();
        var limit = _next + (load.Limit ?? long.MaxValue - _next);
        var lanes = Enumerable.Range(0, load.Connections).Select(_ => Task.Run(async () =>
        {
            while (begun.Elapsed < load.Time && !cancellationToken.IsCancellationRequested && Interlocked.Increment(ref _next) is var number
                && number <= limit)
                await PlayAsync(load.Plan(number), stuck.Token);
        }, CancellationToken.None)).ToArray();
        var all = Task.WhenAll(lanes);

        while (await Task.WhenAny(all, Task.Delay(1000, CancellationToken.None)) != all)
        {
            Look(look);
            GiveUpIfStuck(stuck);
        }

        await all;
        _next = Math.Min(_next, limit);
        Look(look);
    }

    private void Look(Action<Vitals>? look)
    {
        if (look is null && !_clock.IsRunning)
            return;

        var now = Vitals.Now(_clock.Elapsed, _open.Count);
        _vitals.Add(now);
        look?.Invoke(now);
    }

    /// <summary>Nothing anywhere has moved for long: whoever is left waits for ever, on whatever machine.</summary>
    private void GiveUpIfStuck(CancellationTokenSource stuck)
    {
        foreach (var run in _open.Values)
            run.GiveUpIfStuck();

        if (stuck.IsCancellationRequested || _open.IsEmpty
            || _open.Values.Any(run => Environment.TickCount64 - run.LastMoved < settings.Standstill.TotalMilliseconds))
            return;

        foreach (var run in _open.Values.Take(10))
            _score.Break($"It stands still.\n    {run.Plan}\n    {run.Client}\n    {run.Server}");
        stuck.Cancel();
        foreach (var run in _open.Values)
        {
            run.Client.GiveUp();
            run.Server.GiveUp();
        }
    }

    private async Task PlayAsync(ConnectionPlan plan, CancellationToken cancellationToken)
    {
        var run = _open[plan.Number] = new Run(plan);
        try
        {
            await _hosts[plan.Host].PlayAsync(run, cancellationToken);
            _score.Count(run);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It stood still, which is told.
        }
        catch (Exception exception)
        {
            _score.Break($"What should not be thrown was thrown: {exception}\n    {plan}");
        }
        finally
        {
            _open.TryRemove(plan.Number, out _);
        }
    }

    private const int WarmUp = 300;
    private static readonly TimeSpan PatienceForLeftovers = TimeSpan.FromMinutes(2);
}
