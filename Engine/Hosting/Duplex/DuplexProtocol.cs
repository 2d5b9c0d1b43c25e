using TlsFsm.Connection;
using TlsFsm.Hosting.Loops;
using TlsFsm.Hosting.Transports;

namespace TlsFsm.Hosting.Duplex;

/// <summary>
/// The application of a <see cref="TlsDuplexPipe"/>: stands between the connection, on its loop, and the two ends of a pipe that are used
/// elsewhere.
/// </summary>
internal sealed class DuplexProtocol : IRecordReader
{
    private readonly TaskCompletionSource _lost = new();
    private readonly DuplexInput _input;
    private AnswerDeadline? _answer;

    // On the loop.
    private bool _isOutputEnded;

    private End _end;

    public DuplexProtocol()
    {
        _input = new DuplexInput(this);
        Reader = new DuplexReader(this, _input.Reader);
        Writer = new DuplexWriter(this);
    }

    public DuplexReader Reader { get; }

    public DuplexWriter Writer { get; }

    /// <summary>On the loop.</summary>
    public bool IsLost { get; private set; }

    public TlsTransport Transport { get; private set; } = null!;

    public IEventLoop Loop { get; private set; } = null!;

    /// <summary>On the loop: whether what is written now goes out at once.</summary>
    public bool IsClear => Transport.Connection.Parts.Outgoing.IsClear;

    /// <summary>On the loop: whether nothing that is written goes out any more.</summary>
    public bool IsWritingOver => IsLost || !Transport.Connection.Parts.Life.TakesWrites;

    public void ConnectionMade(ITransport transport)
    {
        Transport = transport as TlsTransport
            ?? throw new InvalidOperationException($"A TLS pipe needs a TLS connection below it, not a {transport.GetType().Name}.");
        Loop = Transport.Connection.Loop;
        Transport.Connection.Parts.KeepsReadingAfterLoss = true;

        // What a reader is behind has room in its pipe. What comes then waits below, where nobody has to move it.
        if (Transport.Connection.Parts.Options is { ReadHighWaterMark: null, ReadLowWaterMark: null })
            Transport.SetReadBufferLimits(high: 0);
        Transport.Connection.Parts.Outgoing.Cleared = Writer.Pump;
    }

    public Memory<byte> GetBuffer(int sizeHint) => _input.GetBuffer(sizeHint);

    /// <summary>It is the pipe's, and waits there for the next record.</summary>
    public void BufferUnused() { }

    public void BufferUpdated(int count) => _input.Take(count);

    /// <returns>True: our own direction stays open until the application ends it.</returns>
    public bool EofReceived()
    {
        _input.End(null);
        EndInOrder();
        return true;
    }

    public void ConnectionLost(Exception? exception)
    {
        IsLost = true;
        _answer?.Dispose();
        _input.End(exception ?? new IOException("The TLS connection was closed or aborted on this side."));
        Writer.Lose();
        if (Interlocked.Exchange(ref _end, End.Lost) == End.Awaited)
            Loop.CallBehind(static state => ((TaskCompletionSource)state!).TrySetResult(), _lost);
    }

    // Back pressure is the transport's own: the writer asks it before each block.
    public void PauseWriting() { }

    public void ResumeWriting() { }

    /// <summary>From any thread: the application reads no more.</summary>
    public void EndInput() => Loop.CallFromApplication(static self => ((DuplexProtocol)self!).OnInputEnded(), this);

    /// <summary>From any thread: the application writes no more.</summary>
    public void EndOutput() => Loop.CallFromApplication(static self => ((DuplexProtocol)self!).OnOutputEnded(), this);

    /// <summary>From any thread: ends the connection at once.</summary>
    public void Abort(Exception? reason) =>
        Loop.CallFromApplication(state => ((DuplexProtocol)state!).Transport.Abort(reason), this);

    /// <summary>From any thread: refuses the peer.</summary>
    public void Abort(TlsAlert alert, Exception? reason) =>
        Loop.CallFromApplication(state => ((DuplexProtocol)state!).Transport.Abort(alert, reason), this);

    /// <summary>From any thread, when both directions have been ended: the peer's answer is not awaited for long.</summary>
    public void AwaitAnswer() => Loop.CallFromApplication(
        static state =>
        {
            var self = (DuplexProtocol)state!;
            if (!self.IsLost)
                self._answer ??= new AnswerDeadline(self.Transport);
        },
        this);

    /// <summary>From any thread.</summary>
    /// <returns>
    /// Completes when the connection is gone, behind the loop's slice. Where it is gone already, as a server's is whose client has said
    /// goodbye before, nobody is waked for it.
    /// </returns>
    public Task WaitForLossAsync() =>
        Interlocked.CompareExchange(ref _end, End.Awaited, End.Open) == End.Lost ? Task.CompletedTask : _lost.Task;

    /// <summary>
    /// On the finalizer's thread: nobody has the pipe any more. What was ended in order goes on to its end; else nobody will end it.
    /// </summary>
    public void Forget() => Loop.Run(
        static self => self.Loop.CallSoon(
            static state =>
            {
                var self = (DuplexProtocol)state!;
                if (!(self._isOutputEnded && self.Reader.IsCompleted))
                    self.Transport.Abort();
            },
            self),
        this, "A TLS pipe that nobody disposed could not be aborted.");

    private void OnInputEnded()
    {
        if (IsLost)
            return;

        if (!_isOutputEnded)
            Transport.PauseReading();
        EndInOrder();
    }

    private void OnOutputEnded()
    {
        Writer.PumpAll();
        _isOutputEnded = true;
        if (!IsLost)
            EndInOrder();
    }

    /// <summary>Both directions ended: the connection is closed. Only ours: the peer is told, if it can be told of that alone.</summary>
    private void EndInOrder()
    {
        if (!_isOutputEnded)
            return;

        if (Reader.IsCompleted || _input.IsEnded)
            Transport.Close();
        else if (Transport.CanWriteEof)
            Transport.WriteEof();
    }

    /// <summary>The loss, and whether somebody waits for it: whoever is second sees what the first has done.</summary>
    private enum End
    {
        Open,
        Awaited,
        Lost,
    }
}
