using System.Diagnostics.CodeAnalysis;
using TlsFsm.Hosting.Transports;

namespace TlsFsm.Hosting.Pipes;

/// <summary>
/// The life of a transport's pipe: open, draining after a close, lingering after an abort with a reason, released. Drives both directions,
/// and is told by them.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Released by Close and Abort, which say how.")]
internal sealed class PipeLife : IPipeEvents
{
    private readonly IEventLoop _loop;
    private readonly ProtocolLink _link;
    private readonly PipeTransportOptions _options;
    private readonly PipeRelease _release;
    private Phase _phase;
    private Exception? _lingerReason;
    private DrainDeadline? _deadline;

    /// <summary>The pipe refused output while the protocol could still read: what has arrived is delivered first, then the loss.</summary>
    private Exception? _failure;

    public PipeLife(PipeEnds pipe, IEventLoop loop, ProtocolLink link, PipeTransportOptions options)
    {
        (_loop, _link, _options) = (loop, link, options);
        Input = new PipeInput(pipe.Input, loop, link, options, this);
        Output = new PipeOutput(pipe.Output, loop, link, this);

        // After a close the loss is told once the pipe is released: it is the caller's again then.
        _release = new PipeRelease(pipe, loop, options, () => link.PostLoss(null));
    }

    public PipeInput Input { get; }

    public PipeOutput Output { get; }

    public bool IsClosing => _phase != Phase.Open;

    private bool TakesOutput => _phase == Phase.Open && _failure is null;

    public Task Released => _release.Completed;

    /// <summary>Tells the protocol of the connection, then reads.</summary>
    public void Begin()
    {
        if (_link.TellMade() && _phase == Phase.Open)
            Input.Start();
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        if (!TakesOutput || data.IsEmpty)
            return;

        Output.Take(data);
        Settle();
    }

    /// <summary>Room in the pipe; empty when output has to wait, or is dropped.</summary>
    public Memory<byte> GetRoom(int size) => TakesOutput ? Output.GetRoom(size) : default;

    /// <summary>Output was taken: looks at the marks, and flushes at the end of the turn.</summary>
    public void Settle()
    {
        if (!TakesOutput)
            return;

        CheckWriteMarks();
        Output.FlushSoon();
    }

    public void Close()
    {
        if (_phase != Phase.Open)
            return;

        if (_failure is { } failure)
        {
            Lose(failure);
            return;
        }

        _phase = Phase.Draining;
        Output.IsClosing = true;
        Output.Flush();
        if (_phase != Phase.Draining)
            return;

        if (Output.IsDrained)
        {
            FinishOutput();
            return;
        }

        _deadline = DrainDeadline.AfterClose(_loop, Output.Progress, _options.DrainTimeout, OnDrainDeadline);
        Input.Discard();
    }

    public void Abort(Exception? reason)
    {
        if (_phase == Phase.Closed)
            return;

        _link.PostLoss(reason);
        if (reason is null || _failure is not null)
        {
            var told = reason ?? new IOException("The other side has aborted the connection.");
            Release(told, told);
        }
        else if (_phase != Phase.Lingering)
        {
            Linger(reason);
        }
    }

    void IPipeEvents.InputEnded()
    {
        if (!_link.TellEof())
            Close();
    }

    void IPipeEvents.InputFailed(Exception exception)
    {
        if (_phase is Phase.Open or Phase.Draining)
            Lose(_failure ?? exception);
    }

    void IPipeEvents.InputIsOver() => Lose(_failure!);

    void IPipeEvents.InputReturned() => _release.CompleteInput();

    void IPipeEvents.OutputFailed(Exception exception)
    {
        switch (_phase)
        {
            case Phase.Open when _failure is null && Input.CanDeliver:
                // A peer that refuses us may have said why (an alert) before it went: that is still to be read.
                _failure = exception;
                Input.DeliverLastWords();
                break;
            case Phase.Open or Phase.Draining:
                Lose(exception);
                break;
            case Phase.Lingering:
                Release(exception, _lingerReason);
                break;
        }
    }

    void IPipeEvents.OutputMoved()
    {
        if (Output.TakeProgress())
            _link.TellProgress();

        CheckWriteMarks();
        if (Output.IsDrained && _phase is Phase.Draining or Phase.Lingering)
            FinishOutput();
    }

    void IPipeEvents.OutputReturned() => _release.CompleteOutput();

    private void CheckWriteMarks()
    {
        if (_failure is null)
            _link.CheckMarks(Output.Waiting, mayPause: _phase == Phase.Open);
    }

    /// <summary>The connection is gone by itself.</summary>
    private void Lose(Exception reason)
    {
        _link.PostLoss(reason);
        Release(reason, reason);
    }

    private void OnDrainDeadline() => Lose(DrainDeadline.Explain(PipeTransport.OtherEnd, Output.Waiting, _options.DrainTimeout));

    /// <summary>The protocol is done with; what remains is to get output to the other end, as long as it moves.</summary>
    private void Linger(Exception reason)
    {
        _phase = Phase.Lingering;
        _lingerReason = reason;
        Output.IsClosing = true;
        Output.Flush();
        if (_phase != Phase.Lingering)
            return;

        _deadline?.Dispose();
        if (Output.IsDrained)
        {
            FinishOutput();
            return;
        }

        _deadline = DrainDeadline.AfterAbort(_loop, Output.Progress, _options, () => Release(_lingerReason, _lingerReason));
        Input.Discard();
    }

    /// <summary>All that was written has gone out.</summary>
    private void FinishOutput() => Release(output: null, input: _lingerReason);

    private void Release(Exception? output, Exception? input)
    {
        if (_phase == Phase.Closed)
            return;

        _phase = Phase.Closed;
        _deadline?.Dispose();
        _deadline = null;
        var isOutputFree = Output.Release();
        var isInputFree = Input.Release();
        _release.Begin(output, input, isOutputFree, isInputFree);
    }

    private enum Phase
    {
        Open,

        /// <summary>Closed by the protocol, and output still waits.</summary>
        Draining,

        /// <summary>Aborted with a reason: the protocol will know next turn; output goes on as far as it can.</summary>
        Lingering,

        /// <summary>Both ends are completed, as soon as their pending operations have come back.</summary>
        Closed,
    }
}
