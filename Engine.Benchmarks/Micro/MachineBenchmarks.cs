using BenchmarkDotNet.Attributes;
using TlsFsm.Machines;

namespace TlsFsm.Benchmarks.Micro;

/// <summary>
/// What the machines cost: making a connection's run, telling it a fact, a whole life, and what the data path does instead.
/// </summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class MachineBenchmarks
{
    private readonly Facts _facts = new();
    private readonly MachineRun<TlsState, TlsTrigger, ILifeFacts> _wrapped;
    private readonly MachineRun<TlsState, TlsTrigger, ILifeFacts> _flushing;

    /// <summary>Two connections, one with its data flowing.</summary>
    public MachineBenchmarks()
    {
        _wrapped = Started();
        _flushing = Started();
        _flushing.Fire(TlsTrigger.CloseRequested);
    }

    /// <summary>For a new connection.</summary>
    [Benchmark(Description = "make a run")]
    public object Make() => TlsMachine.Start(_facts, new TransitionLog(TimeProvider.System));

    /// <summary>A guarded arrow.</summary>
    [Benchmark(Description = "dispatch: a guarded move")]
    public object GuardedMove()
    {
        _wrapped.State = TlsState.DoHandshake;
        _wrapped.Fire(TlsTrigger.HandshakeCompleted);
        return _wrapped;
    }

    /// <summary>A cell that is ignored.</summary>
    [Benchmark(Description = "dispatch: an ignored event")]
    public object Ignored()
    {
        _flushing.Fire(TlsTrigger.CloseRequested);
        return _flushing;
    }

    /// <summary>From connect to loss.</summary>
    [Benchmark(Description = "a whole life, 5 events")]
    public object Life()
    {
        var run = Started();
        run.Fire(TlsTrigger.CloseRequested);
        run.Fire(TlsTrigger.Drained);
        run.Fire(TlsTrigger.TransportLost);
        return run;
    }

    /// <summary>The data path: it reads the state and never fires.</summary>
    [Benchmark(Description = "data path: read the state")]
    public bool ReadState() => _wrapped.State is TlsState.Wrapped or TlsState.Flushing;

    private MachineRun<TlsState, TlsTrigger, ILifeFacts> Started()
    {
        var run = TlsMachine.Start(_facts, new TransitionLog(TimeProvider.System));
        run.Fire(TlsTrigger.Connected);
        run.Fire(TlsTrigger.HandshakeCompleted);
        return run;
    }

    /// <summary>All is well.</summary>
    private sealed class Facts : ILifeFacts
    {
        public bool IsFresh => true;

        public bool IsClosedBeforeConnect => false;

        public bool IsEstablished => true;

        public bool CanCloseWrite => true;

        public bool AreBothSidesEnding => true;

        public bool IsRestDelivered => true;

        public bool ToleratesTruncation => true;

        public bool HasSuccessor => true;

        public bool IsOutputHandedOver => true;

        public bool IsTransportFree => false;
    }
}
