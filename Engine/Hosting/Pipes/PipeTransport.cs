using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using TlsFsm.Buffers;
using TlsFsm.Hosting.Loops;
using TlsFsm.Hosting.Pipes;
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
public sealed class PipeTransport : ISwitchableTransport, IDrainingTransport, IBioTarget
{
    internal const string OtherEnd = "the other end of a pipe";

    private readonly ProtocolLink _link;
    private readonly PipeLife _life;

    private PipeTransport(PipeEnds pipe, IProtocol protocol, IEventLoop loop, PipeTransportOptions options)
    {
        _link = new ProtocolLink(this, loop, protocol, options.ResolveWriteMarks(), OtherEnd);
        _life = new PipeLife(pipe, loop, _link, options);
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
        return Start(() => PipeEnds.Of(pipe), protocol, loop, options);
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
        PipeEnds.Check(stream);
        return Start(() => PipeEnds.Of(stream), protocol, loop, options);
    }

    /// <summary>
    /// Whether <see cref="Close"/> or <see cref="Abort"/> was called, or the connection is lost: writes are dropped from then on.
    /// </summary>
    public bool IsClosing => _life.IsClosing;

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
    public bool IsReading => !_life.Input.IsPaused;

    /// <inheritdoc/>
    public bool IsWritingPaused => _link.IsWritingPaused;

    /// <summary>
    /// Bytes taken by <see cref="Write"/> whose flush has not come back: the other end has not taken them, or not so many that a pipe's
    /// threshold lets it go on.
    /// </summary>
    public long UnsentBytes => _link.IsLossPosted ? 0 : _life.Output.Unsent;

    /// <inheritdoc/>
    public Action? Progressed
    {
        get => _link.Progressed;
        set
        {
            _link.VerifyOnLoop();
            _link.Progressed = value;
        }
    }

    /// <summary>Completes when the pipe or stream is not used any more, whatever became of the connection.</summary>
    internal Task Released => _life.Released;

    /// <summary>Bytes that count against the write marks.</summary>
    internal long WaitingBytes => _life.Output.Waiting;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> data)
    {
        _link.VerifyOnLoop();
        _life.Write(data);
    }

    /// <inheritdoc/>
    public void PauseReading()
    {
        _link.VerifyOnLoop();
        _life.Input.Pause();
    }

    /// <inheritdoc/>
    public void ResumeReading()
    {
        _link.VerifyOnLoop();
        _life.Input.Resume();
    }

    /// <inheritdoc/>
    public void Close()
    {
        _link.VerifyOnLoop();
        _life.Close();
    }

    /// <summary>
    /// Ends the connection for the protocol at once. With a reason, what was written still goes out, followed by an orderly end of the
    /// output: as long as it moves, and <see cref="TransportOptions.LingerTimeout"/> at least. Without one the other end sees an
    /// <see cref="IOException"/>, where a pipe can tell it.
    /// </summary>
    /// <inheritdoc/>
    public void Abort(Exception? reason = null)
    {
        _link.VerifyOnLoop();
        _life.Abort(reason);
    }

    /// <summary>Knows nothing of what is below a pipe.</summary>
    /// <inheritdoc/>
    public object? GetExtraInfo(string name, object? defaultValue = null) => defaultValue;

    Memory<byte> IBioTarget.GetRoom(int size) => _life.GetRoom(size);

    void IBioTarget.Commit(int count) => _life.Output.CommitRoom(count);

    void IBioTarget.Settle() => _life.Settle();

    // A caller that waits for what comes of it, and has nothing else to do, saves a change of threads: it begins in this very call.
    internal static PipeTransport Start(
        Func<PipeEnds> ends, IProtocol protocol, IEventLoop loop, PipeTransportOptions? options, bool callerWaits = false)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        ArgumentNullException.ThrowIfNull(loop);
        var transport = new PipeTransport(ends(), protocol, loop, options ?? PipeTransportOptions.Default);
        loop.Begin(static self => ((PipeTransport)self!)._life.Begin(), transport, callerWaits);
        return transport;
    }
}
