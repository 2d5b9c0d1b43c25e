using TlsFsm.Machines;

namespace TlsFsm.Connection;

/// <summary>
/// All that decides what may happen next: where TLS, the application and the two directions are, each by its machine, and the log of their
/// steps. The flows fire it and ask it; none of them keeps a state of its own.
/// </summary>
internal sealed class Life
{
    private readonly MachineRun<TlsState, TlsTrigger, ILifeFacts> _tls;
    private readonly MachineRun<AppState, AppTrigger, object> _app;
    private readonly MachineRun<ReadState, ReadTrigger, ILifeFacts> _read;
    private readonly MachineRun<WriteState, WriteTrigger, ILifeFacts> _write;

    /// <param name="facts">What the guards ask.</param>
    /// <param name="isApplicationConnected">An upgrade: the application is connected already.</param>
    /// <param name="log">Where the steps of all four are kept.</param>
    public Life(ILifeFacts facts, bool isApplicationConnected, TransitionLog log)
    {
        Log = log;
        _tls = TlsMachine.Start(facts, log);
        _app = AppMachine.Start(isApplicationConnected, log);
        _read = ReadMachine.Start(facts, log);
        _write = WriteMachine.Start(facts, log);
    }

    public TransitionLog Log { get; }

    public TlsState Tls => _tls.State;

    public AppState App => _app.State;

    public ReadState Read => _read.State;

    public WriteState Write => _write.State;

    /// <summary>Over, or over before it began.</summary>
    public bool IsOver => Write == WriteState.Over;

    /// <summary>Whether the handshake has finished, and the connection is not over.</summary>
    public bool IsHandshakeComplete => Read is not (ReadState.Idle or ReadState.Deciding or ReadState.Over);

    /// <summary>Whether the application was told of the connection and not yet of its loss.</summary>
    public bool IsApplicationTold => App is AppState.ConnectionMade or AppState.Eof;

    /// <summary>Whether what the application writes is taken.</summary>
    public bool TakesWrites => Write is WriteState.Waiting or WriteState.Open or WriteState.KeptOpen;

    /// <summary>Whether the connection closes, has closed, or is over, so that nothing the application writes is taken any more.</summary>
    public bool IsClosing => Write is WriteState.Closing or WriteState.Closed or WriteState.Over;

    /// <summary>Whether what is received is the application's.</summary>
    public bool Delivers => Read is ReadState.Open or ReadState.Draining;

    /// <summary>Whether the application has closed, and the peer's close_notify is looked for.</summary>
    public bool IsDiscarding => Read is ReadState.Discarding or ReadState.DiscardingRest;

    /// <summary>Whether the peer's direction is over in order: by its close_notify, or by an end that was tolerated.</summary>
    public bool HasPeerEnded => Read is ReadState.Closed or ReadState.Ended;

    /// <summary>Whether TLS has stopped after its handshake and nobody has decided how to go on.</summary>
    public bool IsHeld => Tls == TlsState.Wrapped && Read is (ReadState.Held or ReadState.HeldEnded);

    /// <summary>Whether the transport's stream has ended, after the handshake.</summary>
    public bool IsStreamEnded => Read is ReadState.HeldEnded or ReadState.Draining or ReadState.DiscardingRest or ReadState.Ended;

    public void Fire(TlsTrigger trigger) => _tls.Fire(trigger);

    public void Fire(AppTrigger trigger) => _app.Fire(trigger);

    public void Fire(ReadTrigger trigger) => _read.Fire(trigger);

    public void Fire(WriteTrigger trigger) => _write.Fire(trigger);
}
