using System.Threading.Tasks.Sources;

namespace TlsFsm.Hosting.Streams;

/// <summary>
/// A read or a write that somebody awaits, one at a time, the same object for all of a stream's: what is awaited at once leaves no garbage.
/// It holds its stream while it is pending: one that is being read or written is not forgotten.
/// </summary>
/// <param name="completion">How whoever awaits it goes on.</param>
internal abstract class StreamOperation(StreamCompletion completion) : IValueTaskSource<int>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<int> _source;
    private CancellationTokenRegistration _registration;
    private TlsStream? _stream;
    private int _result;
    private Exception? _failure;

    /// <summary>What is awaited: of this operation, and of no later one.</summary>
    public short Version => _source.Version;

    protected void Hold(TlsStream stream)
    {
        _stream = stream;
        _source.RunContinuationsAsynchronously = completion.Loop is null;
    }

    /// <summary>Lets a token end it early; the last thing before it is handed out.</summary>
    public void CancelBy(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
            _registration = cancellationToken.UnsafeRegister(
                static (self, token) => ((StreamOperation)self!).OnCancelled(token), this);
    }

    /// <summary>It is over; whoever awaits it goes on behind the loop's slice.</summary>
    protected void Complete(int result, Exception? failure)
    {
        (_result, _failure) = (result, failure);
        completion.Run(static self => ((StreamOperation)self!).Tell(), this);
    }

    /// <summary>It is over before anybody could have awaited it.</summary>
    protected void CompleteNow(Exception? failure)
    {
        (_result, _failure) = (0, failure);
        Tell();
    }

    /// <summary>Called by any thread, once.</summary>
    protected abstract void OnCancelled(CancellationToken token);

    /// <summary>Nobody awaits it any more: it may be used again.</summary>
    protected abstract void GiveBack();

    /// <summary>For who has not handed it out: it was over at once, and well.</summary>
    protected void Recycle()
    {
        (_stream, _failure) = (null, null);
        _source.Reset();
        GiveBack();
    }

    private void Tell()
    {
        if (_failure is not null)
            _source.SetException(_failure);
        else
            _source.SetResult(_result);
    }

    private int TakeResult(short token)
    {
        // Who asks too early, or a second time, is told so, and has ended nothing.
        if (_source.GetStatus(token) == ValueTaskSourceStatus.Pending)
            return _source.GetResult(token);

        // Waits for a cancellation that is under way: it must not meet the next operation.
        _registration.Dispose();
        _registration = default;
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            Recycle();
        }
    }

    int IValueTaskSource<int>.GetResult(short token) => TakeResult(token);

    void IValueTaskSource.GetResult(short token) => TakeResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
