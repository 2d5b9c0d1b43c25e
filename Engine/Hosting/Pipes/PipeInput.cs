using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using TlsFsm.Hosting.Loops;
using TlsFsm.Hosting.Transports;

namespace TlsFsm.Hosting.Pipes;

/// <summary>
/// The way in: at most one read is asked for, only while the protocol wants bytes, and one buffer a turn is handed over; after a close
/// what comes is discarded, up to a limit, because the other end may want to write before it reads.
/// </summary>
internal sealed class PipeInput
{
    private readonly PipeReader _reader;
    private readonly IEventLoop _loop;
    private readonly ProtocolLink _link;
    private readonly PipeTransportOptions _options;
    private readonly IPipeEvents _events;
    private readonly Action _arrived;
    private ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter _read;
    private Mode _mode;

    /// <summary>A read was asked for, and its result not taken yet.</summary>
    private bool _isReadPending;

    /// <summary>A result is being handed over: its buffer is ours until we advance.</summary>
    private bool _isHolding;

    private bool _isEnded;
    private long _discarded;

    public PipeInput(PipeReader reader, IEventLoop loop, ProtocolLink link, PipeTransportOptions options, IPipeEvents events)
    {
        (_reader, _loop, _link, _options, _events) = (reader, loop, link, options, events);
        _arrived = () => _loop.CallNowOrSoon(static self => ((PipeInput)self!).OnRead(), this);
    }

    public bool IsPaused { get; private set; }

    /// <summary>Whether something may have arrived that the protocol was not given yet, and would take.</summary>
    public bool CanDeliver => _mode == Mode.Delivering && !IsPaused && !_isEnded && (!_isReadPending || _read.IsCompleted);

    private bool IsDelivering => _mode is Mode.Delivering or Mode.DeliveringLastWords;

    private bool WantsMore =>
        IsDelivering ? !IsPaused : _mode == Mode.Discarding && _discarded <= _options.MaxLingerBytes;

    /// <summary>The protocol is connected: delivers from now on.</summary>
    public void Start()
    {
        _mode = Mode.Delivering;
        Read();
    }

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        if (!IsPaused)
            return;

        IsPaused = false;
        Read();
    }

    /// <summary>The output has failed: what a peer said before it refused us (an alert) is still delivered, and then all is over.</summary>
    public void DeliverLastWords()
    {
        _mode = Mode.DeliveringLastWords;
        Read();
    }

    public void Discard()
    {
        _mode = Mode.Discarding;
        Read();
    }

    /// <summary>
    /// Nothing more is wanted. A read that is under way is called back; one that has completed is not, because that would meet the next
    /// one, which may be the caller's.
    /// </summary>
    /// <returns>Whether the reader is free; else <see cref="IPipeEvents.InputReturned"/> follows.</returns>
    public bool Release()
    {
        _mode = Mode.Released;
        if (_isReadPending && !_read.IsCompleted)
            _loop.Run(static reader => reader.CancelPendingRead(), _reader, PipeRelease.Broken);

        return !_isReadPending && !_isHolding;
    }

    private void Read()
    {
        if (_isReadPending || _isHolding || _isEnded || !WantsMore)
            return;

        try
        {
#pragma warning disable CA2012 // Taken once, in OnRead; an async method would be a task and a change of threads for each read.
            _read = _reader.ReadAsync().ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
        }
        catch (Exception exception)
        {
            Fail(exception);
            return;
        }

        _isReadPending = true;
        if (_read.IsCompleted)
        {
            _loop.CallSoon(static self => ((PipeInput)self!).OnRead(), this);
            return;
        }

        _read.UnsafeOnCompleted(_arrived);

        // All that had arrived before the output failed has been delivered.
        if (_mode == Mode.DeliveringLastWords)
            _events.InputIsOver();
    }

    private void OnRead()
    {
        _isReadPending = false;
        bool isEnd;
        try
        {
            var result = _read.GetResult();
            _isHolding = true;
            var consumed = Use(result.Buffer);
            isEnd = result.IsCompleted && result.Buffer.Slice(consumed).IsEmpty;

            // Examined no further than consumed: what is left over comes again with the next read.
            _isHolding = false;
            _reader.AdvanceTo(consumed);
        }
        catch (Exception exception)
        {
            // The pipe's own, or its memory's: what the protocol throws does not come here.
            _isHolding = false;
            Fail(exception);
            return;
        }

        GoOn(isEnd);
    }

    /// <returns>Up to where the buffer was taken.</returns>
    private SequencePosition Use(ReadOnlySequence<byte> arrived)
    {
        if (_mode == Mode.Discarding)
        {
            _discarded += arrived.Length;
            return arrived.End;
        }

        return IsDelivering && !IsPaused ? arrived.GetPosition(HandOver(arrived)) : arrived.Start;
    }

    private void GoOn(bool isEnd)
    {
        if (_mode == Mode.Released)
            _events.InputReturned();
        else if (_mode == Mode.DeliveringLastWords && IsPaused)
            _events.InputIsOver();
        else if (isEnd && IsDelivering && !IsPaused)
            End();
        else if (isEnd && !IsDelivering)
            _isEnded = true;
        else
            Read();
    }

    private void End()
    {
        _isEnded = true;
        if (_mode == Mode.DeliveringLastWords)
            _events.InputIsOver();
        else
            _events.InputEnded();
    }

    /// <summary>One buffer for the protocol.</summary>
    /// <returns>How many bytes it has taken.</returns>
    private int HandOver(ReadOnlySequence<byte> arrived)
    {
        // An end, or somebody's cancellation.
        if (arrived.IsEmpty)
            return 0;

        var wanted = (int)Math.Min(arrived.Length, _options.MaxReceiveSize);
        if (_link.Protocol is IBufferedProtocol buffered)
            return HandOverInto(buffered, arrived, wanted);

        // A sequence may begin with empty segments.
        var position = arrived.Start;
        ReadOnlyMemory<byte> first = default;
        while (first.IsEmpty && arrived.TryGet(ref position, out first))
        {
        }

        first = first[..Math.Min(first.Length, wanted)];
        _link.Deliver(first.Span);
        return first.Length;
    }

    private int HandOverInto(IBufferedProtocol protocol, ReadOnlySequence<byte> arrived, int wanted)
    {
        try
        {
            var buffer = protocol.GetBuffer(wanted);
            if (!IsDelivering)
                return 0;

            if (buffer.IsEmpty)
                throw new InvalidOperationException(
                    $"{protocol.GetType().Name}.{nameof(IBufferedProtocol.GetBuffer)} returned an empty buffer.");

            var count = Math.Min(buffer.Length, wanted);
            arrived.Slice(0, count).CopyTo(buffer.Span);
            protocol.BufferUpdated(count);
            return count;
        }
        catch (Exception exception)
        {
            _link.Fail(exception, nameof(IBufferedProtocol.BufferUpdated));
            return 0;
        }
    }

    private void Fail(Exception exception)
    {
        _isEnded = true;
        if (_mode == Mode.Released)
            _events.InputReturned();
        else
            _events.InputFailed(exception);
    }

    private enum Mode
    {
        /// <summary>The protocol does not know of the connection yet.</summary>
        Idle,

        Delivering,

        /// <summary>The output has failed; what had arrived before is delivered.</summary>
        DeliveringLastWords,

        Discarding,

        Released,
    }
}
