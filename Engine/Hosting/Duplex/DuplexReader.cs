using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace TlsFsm.Hosting.Duplex;

/// <summary>
/// What the application reads: a pipe's reader, whose completion ends that direction of the connection. A pipe that fails drops what was
/// not read yet; this one tells the failure behind it. An end too is told by a read of its own, as by streams: Kestrel takes one that comes
/// with the rest of a request for a request that was cut.
/// </summary>
internal sealed class DuplexReader(DuplexProtocol owner, PipeReader inner) : PipeReader
{
    private ExceptionDispatchInfo? _failure;
    private int _isCompleted;

    // After the end: what was shown last, and whether the application has seen it to its end.
    private ReadOnlySequence<byte> _rest;
    private bool _isRestSeen;

    /// <summary>Whether the application reads no more.</summary>
    public bool IsCompleted => Volatile.Read(ref _isCompleted) != 0;

    /// <summary>Kept from being forgotten while a read is pending.</summary>
    public PipeOwner? PendingFor { get; set; }

    /// <summary>Before the pipe is completed: what is told at its end, instead of an end in order.</summary>
    public void Fail(Exception failure) => Volatile.Write(ref _failure, ExceptionDispatchInfo.Capture(failure));

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
            return false;

        result = Judge(result);
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<ReadResult>(Judge(read.Result)) : AwaitAsync(read);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!_rest.IsEmpty)
        {
            _isRestSeen = _rest.Slice(examined).IsEmpty;
            _rest = default;
        }

        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _isCompleted, 1) != 0)
            return;

        // Not with the exception: the pipe's own writer is us.
        inner.Complete();
        if (exception is null)
            owner.EndInput();
        else
            owner.Abort(exception);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> read)
    {
        try
        {
            return Judge(await read.ConfigureAwait(false));
        }
        finally
        {
            PendingFor = null;
        }
    }

    private ReadResult Judge(ReadResult result)
    {
        if (!result.IsCompleted)
            return result;

        if (!_isRestSeen && !result.Buffer.IsEmpty)
        {
            _rest = result.Buffer;
            return new ReadResult(result.Buffer, result.IsCanceled, isCompleted: false);
        }

        if (Volatile.Read(ref _failure) is { } failure)
        {
            // The read is over, and nobody will advance by it.
            inner.AdvanceTo(result.Buffer.Start);
            failure.Throw();
        }

        return result;
    }
}
