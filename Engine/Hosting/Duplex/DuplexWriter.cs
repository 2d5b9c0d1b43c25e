using System.IO.Pipelines;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Hosting.Duplex;

/// <summary>
/// What the application writes: blocks of a record's size, which the loop seals one by one while the transport takes them. A flush is over
/// when all before it was handed to the transport, and the transport takes more.
/// </summary>
internal sealed class DuplexWriter(DuplexProtocol owner) : PipeWriter
{
    private readonly PendingFlush _flush = new(owner);
    private readonly Lock _gate = new();

    // The application's, which writes from one thread at a time.
    private RecordBlock? _block;
    private long _unflushed;

    // On the loop.
    private bool _isPumping;

    // Under the gate.
    private RecordBlock? _first;
    private RecordBlock? _last;
    private bool _isCompleted;
    private bool _isGone;

    /// <summary>Kept from being forgotten while a flush is pending.</summary>
    public PipeOwner? PendingFor { get; set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _unflushed;

    public override Memory<byte> GetMemory(int sizeHint = 0) => Reserve(sizeHint).Free;

    public override Span<byte> GetSpan(int sizeHint = 0) => Reserve(sizeHint).Free.Span;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _block?.Free.Length ?? 0);
        if (_block is { } block)
        {
            block.Advance(bytes);
            _unflushed += bytes;
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);

        lock (_gate)
        {
            ThrowIfCompleted();
            Push();
        }

        _unflushed = 0;
        var isFirst = _flush.Begin();
        owner.Loop.CallFromApplication(s_pump, this);
        return isFirst ? _flush.Return(cancellationToken) : _flush.Join();
    }

    public override void CancelPendingFlush() => _flush.Cancel();

    /// <summary>
    /// All that was written goes out, flushed or not, and then our direction ends; with an exception the connection is aborted instead.
    /// </summary>
    public override void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            if (_isCompleted)
                return;

            _isCompleted = true;
            Push();
            _block?.Dispose();
            _block = null;
        }

        _unflushed = 0;
        if (exception is null)
            owner.EndOutput();
        else
            owner.Abort(exception);
    }

    /// <summary>On the loop: hands over as many blocks as the transport takes.</summary>
    public void Pump()
    {
        // The connection says that it is clear after each block too.
        if (_isPumping)
            return;

        Pump(evenIfItWaits: false);
        if (owner.IsWritingOver)
            Forget();

        bool isOver;
        lock (_gate)
            isOver = _isGone || (_first is null && owner.IsClear);
        if (isOver)
            _flush.End(_isGone);
    }

    /// <summary>
    /// On the loop: hands over all blocks, of an application that writes no more. The connection's deadlines bound how they leave.
    /// </summary>
    public void PumpAll()
    {
        Pump(evenIfItWaits: true);
        Pump();
    }

    /// <summary>On the loop: the connection is gone.</summary>
    public void Lose()
    {
        Forget();
        _flush.End(isGone: true);
    }

    private RecordBlock Reserve(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        ThrowIfCompleted();
        if (_block is { } block && block.Free.Length >= Math.Max(1, sizeHint))
            return block;

        if (_block is { Count: > 0 })
        {
            lock (_gate)
                Push();

            // It is a record by itself, and still in the processor's cache.
            owner.Loop.CallFromApplication(s_pump, this);
        }

        _block?.Dispose();
        return _block = RecordBlock.Rent(sizeHint);
    }

    private void ThrowIfCompleted()
    {
        if (_isCompleted)
            throw new InvalidOperationException("Nothing can be written after the writer of a TLS pipe was completed.");
    }

    /// <summary>Under the gate: what was written is the loop's to send.</summary>
    private void Push()
    {
        if (_block is not { Count: > 0 } block)
            return;

        _block = null;
        if (_isGone)
        {
            block.Dispose();
            return;
        }

        if (_last is null)
            _first = block;
        else
            _last.Next = block;
        _last = block;
    }

    private void Pump(bool evenIfItWaits)
    {
        _isPumping = true;
        while ((evenIfItWaits || owner.IsClear) && Take() is { } block)
        {
            if (!owner.IsLost)
                owner.Transport.Write(block.Written);
            block.Dispose();
        }

        _isPumping = false;
    }

    private RecordBlock? Take()
    {
        lock (_gate)
        {
            var block = _first;
            _first = block?.Next;
            if (_first is null)
                _last = null;
            return block;
        }
    }

    /// <summary>Nothing goes out any more.</summary>
    private void Forget()
    {
        lock (_gate)
            _isGone = true;
        while (Take() is { } block)
            block.Dispose();
    }

    private static readonly Action<object?> s_pump = static self => ((DuplexWriter)self!).Pump();
}
