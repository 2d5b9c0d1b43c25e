using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Hosting.Duplex;

/// <summary>The flush that an application waits for: one at a time, the same object for all, ended by whoever comes first.</summary>
internal sealed class PendingFlush(DuplexProtocol owner) : IValueTaskSource<FlushResult>
{
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<FlushResult> _source;
    private CancellationTokenRegistration _registration;

    // Under the gate.
    private Phase _phase;
    private FlushResult _result;
    private CancellationToken _cancelled;
    private bool _isCancelRequested;
    private bool _isGone;

    /// <summary>A call begins.</summary>
    /// <returns>False when nobody has awaited the last one: this one is told with it, see <see cref="Join"/>.</returns>
    public bool Begin()
    {
        lock (_gate)
        {
            if (_phase != Phase.None)
                return false;

            _source.Reset();
            _phase = Phase.Calling;
            return true;
        }
    }

    /// <summary>The one that is pending.</summary>
    public ValueTask<FlushResult> Join() => new(this, _source.Version);

    /// <summary>The call returns: with its result, or with something to await.</summary>
    public ValueTask<FlushResult> Return(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_isCancelRequested)
            {
                (_isCancelRequested, _phase) = (false, Phase.None);
                return new ValueTask<FlushResult>(new FlushResult(isCanceled: true, _isGone));
            }

            if (_phase == Phase.Done)
            {
                _phase = Phase.None;
                return new ValueTask<FlushResult>(_result);
            }

            _phase = Phase.Awaited;
        }

        if (cancellationToken.CanBeCanceled)
            _registration = cancellationToken.UnsafeRegister(static (self, token) => ((PendingFlush)self!).Cancel(token), this);
        return Join();
    }

    /// <summary>Cancels the one that is pending, or the next.</summary>
    public void Cancel()
    {
        lock (_gate)
        {
            if (_phase == Phase.Awaited)
                Leave(new FlushResult(isCanceled: true, _isGone));
            else
                _isCancelRequested = true;
        }
    }

    /// <summary>What was to be flushed has gone, or nothing goes any more.</summary>
    public void End(bool isGone)
    {
        lock (_gate)
        {
            _isGone |= isGone;
            if (_phase == Phase.Calling)
                (_result, _phase) = (new FlushResult(isCanceled: false, _isGone), Phase.Done);
            else if (_phase == Phase.Awaited)
                Leave(new FlushResult(isCanceled: false, _isGone));
        }
    }

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        // Waits for a cancellation that is under way: it must not meet the next flush.
        _registration.Dispose();
        _registration = default;
        return _source.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        lock (_gate)
        {
            if (_phase != Phase.Awaited)
                return;

            _cancelled = token;
            Leave(default);
        }
    }

    /// <summary>Under the gate: whoever awaits it goes on behind the loop's slice, or on the pool.</summary>
    private void Leave(FlushResult result)
    {
        (_result, _phase) = (result, Phase.Done);
        owner.Loop.CallBehind(s_tell, this);
    }

    private void Tell()
    {
        FlushResult result;
        CancellationToken cancelled;
        lock (_gate)
        {
            (result, cancelled) = (_result, _cancelled);
            (_phase, _cancelled) = (Phase.None, default);
        }

        owner.Writer.PendingFor = null;

        if (cancelled.IsCancellationRequested)
            _source.SetException(new OperationCanceledException(cancelled));
        else
            _source.SetResult(result);
    }

    private static readonly Action<object?> s_tell = static self => ((PendingFlush)self!).Tell();

    private enum Phase
    {
        /// <summary>Nobody waits.</summary>
        None,

        /// <summary>The call that begins it has not returned.</summary>
        Calling,

        /// <summary>It has: the application may await it.</summary>
        Awaited,

        /// <summary>It is over, and nobody has been told yet.</summary>
        Done,
    }
}
