using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using TlsFsm.Hosting.Loops;
using TlsFsm.Hosting.Transports;

namespace TlsFsm;

/// <summary>
/// A duplex pipe or a stream as a transport, for hosts that bring their own I/O: back pressure in both directions, a close that sends
/// everything, an abort that still gets the last alert across.
/// </summary>
/// <remarks>
/// <para>
/// All members belong to the loop, as <see cref="ITransport"/> says; nothing blocks. From the start on nobody else uses the pipe.
/// </para>
/// <para>
/// Reading asks for more only while the protocol wants it, so the pipe fills up and its other end is paused. Writing flushes the writes
/// of one turn together; what comes while a flush is pending waits here, and counts against the write marks together with that flush.
/// </para>
/// <para>
/// An end of the input is <see cref="IProtocol.EofReceived"/>; what the pipe throws is the reason in
/// <see cref="IProtocol.ConnectionLost"/>. That the other end reads no more is a loss only if something is still to be written. A close
/// completes both ends without an exception, an abort without a reason completes them with one. An abort with a reason flushes what was
/// written and completes the output in order, because an exception would overtake the last alert; the reason goes to whoever writes to
/// the input.
/// </para>
/// <para>
/// A stream is read and written asynchronously only, one read beside one write, and its reads with buffers of no bytes first. Nothing
/// but data and its end can be told through it.
/// </para>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Close and Abort end it: they say how, which Dispose could not.")]
public sealed partial class PipeTransport : ISwitchableTransport
{
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly Stream? _stream;
    private readonly IEventLoop _loop;
    private readonly PipeTransportOptions _options;
    private readonly ProtocolLink _link;
    private Phase _phase;
    private IDisposable? _deadline;

    private PipeTransport(
        PipeReader input, PipeWriter output, Stream? stream, IProtocol protocol, IEventLoop loop, PipeTransportOptions options)
    {
        _link = new ProtocolLink(this, loop, protocol, options.ResolveWriteMarks(), OtherEnd);
        (_input, _output, _stream, _loop, _options) = (input, output, stream, loop, options);
        _readArrived = () => _loop.CallNowOrSoon(static self => ((PipeTransport)self!).OnRead(), this);
        _flushArrived = () => _loop.CallNowOrSoon(static self => ((PipeTransport)self!).OnFlushed(), this);
    }

    /// <summary>
    /// Makes a transport of a duplex pipe. The protocol hears <see cref="IProtocol.ConnectionMade"/> on the next turn of the loop.
    /// </summary>
    /// <param name="pipe">
    /// Its input is what the peer sends, its output goes to the peer. Completed at the end unless the options say otherwise.
    /// </param>
    /// <param name="protocol">What the bytes are for.</param>
    /// <param name="loop">Where everything happens.</param>
    /// <param name="options">Buffers and endings. Null: <see cref="PipeTransportOptions.Default"/>.</param>
    /// <returns>The transport. May be called from any thread; the transport's members may not.</returns>
    /// <exception cref="ArgumentException">The water marks contradict each other.</exception>
    public static PipeTransport Start(IDuplexPipe pipe, IProtocol protocol, IEventLoop loop, PipeTransportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        ArgumentNullException.ThrowIfNull(protocol);
        ArgumentNullException.ThrowIfNull(loop);
        return Start(new PipeTransport(pipe.Input, pipe.Output, null, protocol, loop, options ?? PipeTransportOptions.Default));
    }

    /// <summary>
    /// Makes a transport of a stream. The protocol hears <see cref="IProtocol.ConnectionMade"/> on the next turn of the loop.
    /// </summary>
    /// <param name="stream">Readable and writable, both at once. Disposed at the end unless the options say otherwise.</param>
    /// <param name="protocol">What the bytes are for.</param>
    /// <param name="loop">Where everything happens.</param>
    /// <param name="options">Buffers and endings. Null: <see cref="PipeTransportOptions.Default"/>.</param>
    /// <returns>The transport. May be called from any thread; the transport's members may not.</returns>
    /// <exception cref="ArgumentException">The stream cannot read or cannot write, or the water marks contradict each other.</exception>
    public static PipeTransport Start(Stream stream, IProtocol protocol, IEventLoop loop, PipeTransportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(protocol);
        ArgumentNullException.ThrowIfNull(loop);
        Check(stream);

        // Left open by both, because either would close it under the other.
        var input = PipeReader.Create(
            stream, new StreamPipeReaderOptions(bufferSize: StreamBuffer, leaveOpen: true, useZeroByteReads: true));
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: StreamBuffer, leaveOpen: true));
        return Start(new PipeTransport(input, output, stream, protocol, loop, options ?? PipeTransportOptions.Default));
    }

    /// <summary>
    /// Whether <see cref="Close"/> or <see cref="Abort"/> was called, or the connection is lost: writes are dropped from then on.
    /// </summary>
    public bool IsClosing => _phase != Phase.Open;

    /// <inheritdoc/>
    public IProtocol Protocol
    {
        get => _link.Protocol;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _link.VerifyOnLoop();
            _link.Protocol = value;
        }
    }

    /// <inheritdoc/>
    public bool IsReading => !_isReadingPaused;

    /// <inheritdoc/>
    public bool IsWritingPaused => _link.IsWritingPaused;

    /// <summary>Completes when the pipe or stream is not used any more, whatever became of the connection.</summary>
    internal Task Released => _released.Task;

    /// <inheritdoc/>
    public void Close()
    {
        _link.VerifyOnLoop();
        if (_phase != Phase.Open)
            return;

        if (_failure is { } failure)
        {
            Lose(failure);
            return;
        }

        _phase = Phase.Draining;
        Flush();
        if (_phase != Phase.Draining)
            return;

        if (IsDrained)
        {
            FinishOutput();
            return;
        }

        _deadline = new DrainDeadline(_loop, _options.DrainTimeout, () => _sent, OnDrainDeadline);
        StartRead();
    }

    /// <summary>
    /// Ends the connection for the protocol at once. With a reason, what was written still gets
    /// <see cref="TransportOptions.LingerTimeout"/> to go out, followed by an orderly end of the output. Without one the other end sees an
    /// <see cref="IOException"/>, where a pipe can tell it.
    /// </summary>
    /// <inheritdoc/>
    public void Abort(Exception? reason = null)
    {
        _link.VerifyOnLoop();
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

    /// <summary>Knows nothing of what is below a pipe.</summary>
    /// <inheritdoc/>
    public object? GetExtraInfo(string name, object? defaultValue = null) => defaultValue;

    internal static void Check(Stream stream)
    {
        if (!stream.CanRead || !stream.CanWrite)
            throw new ArgumentException(
                $"A transport needs a stream that reads and writes; this one can read: {stream.CanRead}, can write: {stream.CanWrite}.",
                nameof(stream));
    }

    private static PipeTransport Start(PipeTransport transport)
    {
        transport._loop.CallSoon(static self => ((PipeTransport)self!).TellConnectionMade(), transport);
        return transport;
    }

    private void TellConnectionMade()
    {
        if (!_link.TellMade() || _phase != Phase.Open)
            return;

        _isMade = true;
        StartRead();
    }

    /// <summary>The connection is gone by itself.</summary>
    private void Lose(Exception reason)
    {
        _link.PostLoss(reason);
        Release(reason, reason);
    }

    private void OnDrainDeadline() => Lose(DrainDeadline.Explain(OtherEnd, WaitingBytes, _options.DrainTimeout));

    /// <summary>The protocol is done with; what remains is to get output to the other end, within limits.</summary>
    private void Linger(Exception reason)
    {
        _phase = Phase.Lingering;
        _lingerReason = reason;
        _deadline?.Dispose();
        _deadline = _loop.CallLater(_options.LingerTimeout, static self => ((PipeTransport)self!).OnLingerDeadline(), this);
        Flush();
        if (_phase != Phase.Lingering)
            return;

        if (IsDrained)
            FinishOutput();
        else
            StartRead();
    }

    private void OnLingerDeadline() => Release(_lingerReason, _lingerReason);

    /// <summary>
    /// All that was written has gone out. After a close the loss is told once the pipe is released: it is the caller's again then.
    /// </summary>
    private void FinishOutput() => Release(output: null, input: _lingerReason);

    private Exception? _lingerReason;

    private const string OtherEnd = "the other end of a pipe";

    /// <summary>Two records, on either way.</summary>
    private const int StreamBuffer = 32 * 1024;

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
