using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace TlsFsm;

// The way in: at most one read is asked for, only while the protocol wants bytes, and one buffer a turn is handed over.
public sealed partial class PipeTransport
{
    private readonly Action _readArrived;
    private ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter _read;

    /// <summary>A read was asked for, and its result not taken yet.</summary>
    private bool _isReadPending;

    /// <summary>A result is being handed over: its buffer is ours until we advance.</summary>
    private bool _isHolding;

    private bool _isMade;
    private bool _isReadingPaused;
    private bool _isInputEnded;
    private long _discarded;

    /// <inheritdoc/>
    public void PauseReading()
    {
        _link.VerifyOnLoop();
        _isReadingPaused = true;
    }

    /// <inheritdoc/>
    public void ResumeReading()
    {
        _link.VerifyOnLoop();
        if (!_isReadingPaused)
            return;

        _isReadingPaused = false;
        StartRead();
    }

    /// <summary>
    /// Asks for bytes if somebody wants them: the protocol, or after a close the other end, which may want to write before it reads.
    /// </summary>
    private void StartRead()
    {
        if (_isReadPending || _isHolding || !_isMade || _isInputEnded || !WantsInput)
            return;

        try
        {
#pragma warning disable CA2012 // Taken once, in OnRead; an async method would be a task and a change of threads for each read.
            _read = _input.ReadAsync().ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
        }
        catch (Exception exception)
        {
            HandleInputFailure(exception);
            return;
        }

        _isReadPending = true;
        if (_read.IsCompleted)
        {
            _loop.CallSoon(static self => ((PipeTransport)self!).OnRead(), this);
            return;
        }

        _read.UnsafeOnCompleted(_readArrived);

        // All that had arrived before the output failed has been delivered.
        if (_phase == Phase.Open && _failure is { } failure)
            Lose(failure);
    }

    private bool WantsInput => _phase switch
    {
        Phase.Open => !_isReadingPaused,
        Phase.Draining or Phase.Lingering => _discarded <= _options.MaxLingerBytes,
        _ => false,
    };

    private void OnRead()
    {
        _isReadPending = false;
        ReadResult result;
        try
        {
            result = _read.GetResult();
        }
        catch (Exception exception)
        {
            HandleInputFailure(exception);
            return;
        }

        _isHolding = true;
        var consumed = result.Buffer.Start;
        if (_phase is Phase.Draining or Phase.Lingering)
        {
            _discarded += result.Buffer.Length;
            consumed = result.Buffer.End;
        }
        else if (_phase == Phase.Open && !_isReadingPaused)
        {
            consumed = result.Buffer.GetPosition(HandOver(result.Buffer));
        }

        _isHolding = false;
        var isEnd = result.IsCompleted && result.Buffer.Slice(consumed).IsEmpty;
        try
        {
            // Examined no further than consumed: what is left over comes again with the next read.
            _input.AdvanceTo(consumed);
        }
        catch (Exception exception)
        {
            HandleInputFailure(exception);
            return;
        }

        GoOn(isEnd);
    }

    private void GoOn(bool isEnd)
    {
        if (_phase == Phase.Closed)
            CompleteInput();
        else if (_phase == Phase.Open && _isReadingPaused && _failure is { } failure)
            Lose(failure);
        else if (_phase == Phase.Open && isEnd && !_isReadingPaused)
            HandleEnd();
        else if (_phase != Phase.Open && isEnd)
            _isInputEnded = true;
        else
            StartRead();
    }

    private void HandleEnd()
    {
        _isInputEnded = true;
        if (_failure is { } failure)
            Lose(failure);
        else if (!_link.TellEof())
            Close();
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
            if (_phase != Phase.Open)
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

    private void HandleInputFailure(Exception exception)
    {
        _isInputEnded = true;
        switch (_phase)
        {
            case Phase.Open or Phase.Draining:
                Lose(_failure ?? exception);
                break;
            case Phase.Closed:
                CompleteInput();
                break;
        }
    }
}
