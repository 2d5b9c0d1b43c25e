namespace TlsFsm;

/// <summary>
/// A question that a handshake asks its caller. Answer it at once, or later and from any thread: the handshake stands still until
/// then, holds no thread, and its deadline goes on.
/// </summary>
/// <typeparam name="T">What is decided.</typeparam>
#pragma warning disable CA1001 // The engine lets go of it; a caller who could would take it from the engine.
public sealed class TlsDecision<T>
#pragma warning restore CA1001
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _abandoned = new();
    private Action? _whenIn;
    private T? _value;
    private Exception? _failure;
    private bool _isIn;
    private bool _isAbandoned;

    internal TlsDecision() => Abandoned = _abandoned.Token;

    /// <summary>Cancelled when the connection has ended and the answer is not wanted any more. An answer after that is ignored.</summary>
    public CancellationToken Abandoned { get; }

    /// <summary>Answers.</summary>
    /// <param name="value">The answer.</param>
    /// <exception cref="InvalidOperationException">It was answered before.</exception>
    public void Complete(T value) => Decide(value, null);

    /// <summary>
    /// Gives up: the handshake fails, with the alert of a <see cref="TlsException"/>, or internal_error for any other exception.
    /// </summary>
    /// <param name="failure">Why.</param>
    /// <exception cref="InvalidOperationException">It was answered before.</exception>
    public void Fail(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        Decide(default, failure);
    }

    /// <summary>The answer was used: nothing can be abandoned any more.</summary>
    internal void Dispose() => _abandoned.Dispose();

    /// <summary>Whether it is answered; if not, the action is called when it is, on the thread of the answer.</summary>
    internal bool IsInOrTell(Action whenIn)
    {
        lock (_lock)
        {
            _whenIn = whenIn;
            return _isIn;
        }
    }

    internal bool IsIn
    {
        get
        {
            lock (_lock)
                return _isIn;
        }
    }

    /// <summary>The answer. Only once it is in.</summary>
    /// <exception cref="TlsException">It failed.</exception>
    internal T Take() => _failure switch
    {
        null => _value!,
        TlsException fault => throw fault,
        _ => throw new TlsException(
            $"The application's decision failed with {_failure.GetType().Name}: {_failure.Message}", CloseReason.Failed,
            TlsFault.Application, TlsAlert.InternalError, _failure),
    };

    internal void Abandon()
    {
        lock (_lock)
        {
            if (_isIn || _isAbandoned)
                return;

            _isAbandoned = true;
            _whenIn = null;
        }

        _abandoned.Cancel();
    }

    private void Decide(T? value, Exception? failure)
    {
        Action? whenIn;
        lock (_lock)
        {
            if (_isAbandoned)
                return;
            if (_isIn)
                throw new InvalidOperationException("The decision was made before; it is made once.");

            _value = value;
            _failure = failure;
            _isIn = true;
            whenIn = _whenIn;
        }

        whenIn?.Invoke();
    }
}
