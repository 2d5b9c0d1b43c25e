using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Decisions;

/// <summary>
/// Where a handshake stands still until its caller has decided something. While it is shut, no record is taken, no handshake message
/// processed, and so nothing is sent or delivered that depends on the decision.
/// </summary>
internal sealed class HandshakeGate
{
    private LinkedList<(short Type, byte[] Message)>? _held;
    private Func<bool>? _isIn;
    private Action? _apply;
    private Action? _abandon;

    /// <summary>Told when the decision is in; from any thread.</summary>
    public Action? WhenDecided { get; set; }

    /// <inheritdoc cref="ITlsCore.Unheard"/>
    public Action<Exception, string>? Unheard { get; set; }

    /// <inheritdoc cref="ITlsCore.AlertSeen"/>
    public Action<TlsAlert, bool>? AlertSeen { get; set; }

    /// <inheritdoc cref="ITlsCore.ConnectionName"/>
    public Func<string>? ConnectionName { get; set; }

    /// <summary>Where the handshake may be gone through again: knows what was answered the first time. Null where it may not.</summary>
    public IAnswerMemory? Memory { get; set; }

    /// <summary>Whether a decision was asked for and its answer not used yet.</summary>
    public bool IsShut => _apply is not null;

    /// <summary>Whether the answer is still awaited.</summary>
    public bool IsWaiting => _isIn is { } isIn && !isIn();

    /// <summary>Whether messages wait behind the gate.</summary>
    public bool HasHeld => _held is { Count: > 0 };

    /// <summary>Asks. An answer that is given at once is used at once; otherwise the gate is shut until <see cref="Open"/>.</summary>
    /// <param name="ask">Passes the question on. What it throws fails the handshake as the application's fault.</param>
    /// <param name="use">Uses the answer; may throw a <see cref="TlsException"/>, and may ask again.</param>
    /// <param name="isAskedOnce">Whether who goes through the handshake again does not come by this question.</param>
    /// <exception cref="TlsException">The question or the answer failed.</exception>
    public void Ask<T>(Action<TlsDecision<T>> ask, Action<T> use, bool isAskedOnce = false)
    {
        if (IsShut)
            throw new InvalidOperationException("One decision at a time.");

        var memory = isAskedOnce ? null : Memory;
        if (memory is not null && memory.TryRecall(out var known))
        {
            use((T)known!);
            return;
        }

        var decision = new TlsDecision<T>();
        try
        {
            ask(decision);
        }
        catch (Exception e) when (e is not TlsException)
        {
            LetGo(decision.Abandon);
            throw OwnFaults.Threw("The application's callback", e);
        }

        if (decision.IsInOrTell(() => WhenDecided?.Invoke()))
        {
            Use(decision, use, memory);
            return;
        }

        _isIn = () => decision.IsIn;
        _abandon = decision.Abandon;
        _apply = () => Use(decision, use, memory);
    }

    /// <summary>Forgets the messages that wait: they will come again.</summary>
    public void DropHeld() => _held = null;

    /// <summary>The question that is asked is not to be answered any more; nobody will go through the gate.</summary>
    public void Withdraw()
    {
        LetGo(_abandon);
        _isIn = null;
        _apply = null;
        _abandon = null;
    }

    /// <summary>Uses the answer, which is in. The gate may be shut again after that.</summary>
    /// <exception cref="TlsException">The answer failed, or refuses.</exception>
    public void Open()
    {
        var apply = _apply!;
        _isIn = null;
        _apply = null;
        _abandon = null;
        apply();
    }

    /// <summary>Keeps a message for later, behind those that wait.</summary>
    public void Hold(short type, byte[] message) => (_held ??= new()).AddLast((type, message));

    /// <summary>Keeps a message for later, before those that wait.</summary>
    public void HoldFirst(short type, byte[] message) => (_held ??= new()).AddFirst((type, message));

    /// <summary>The next message that waits.</summary>
    public (short Type, byte[] Message) Release()
    {
        var first = _held!.First!.Value;
        _held.RemoveFirst();
        return first;
    }

    private static void Use<T>(TlsDecision<T> decision, Action<T> use, IAnswerMemory? memory)
    {
        var answer = decision.Take();
        decision.Dispose();
        memory?.Remember(answer);
        use(answer);
    }

    /// <summary>Whoever was asked has asked to be told when it is in vain, and that is code of the application's too.</summary>
    private void LetGo(Action? abandon)
    {
        try
        {
            abandon?.Invoke();
        }
        catch (AggregateException e) when (Unheard is not null)
        {
            Unheard(e, $"A callback of {nameof(TlsDecision<>)}.{nameof(TlsDecision<>.Abandoned)} failed.");
        }
    }

    /// <summary>The connection has ended: the answer is not wanted any more.</summary>
    public void Abandon()
    {
        LetGo(_abandon);
        WhenDecided = null;
        DropHeld();
    }
}
