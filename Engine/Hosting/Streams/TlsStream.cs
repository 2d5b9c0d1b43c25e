using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Hosting.Streams;

namespace TlsFsm;

/// <summary>A TLS connection as a stream, for code that awaits reads and writes.</summary>
/// <remarks>
/// <para>
/// One reader and one writer at a time, from any thread, side by side; a second of either is an <see cref="InvalidOperationException"/>.
/// A read returns 0 after the peer's close_notify only: a stream that was cut off is a <see cref="TlsException"/>
/// (<see cref="CloseReason.Truncated"/>), as is any other failure. After the peer's close_notify the stream can still write.
/// </para>
/// <para>
/// A stream that is forgotten without having been disposed is collected, and its connection aborted then. Keep the stream, not only its
/// <see cref="Connection"/>.
/// </para>
/// <para>
/// Blocking members (<see cref="Read(byte[], int, int)"/>, <see cref="Write(byte[], int, int)"/> and what is made of them) wait on the
/// caller's thread for the loop, which goes on elsewhere; on the loop itself, where they would wait for ever, they are an
/// <see cref="InvalidOperationException"/>. They are for code that has no other way.
/// </para>
/// </remarks>
public sealed class TlsStream : Stream
{
    private readonly StreamProtocol _protocol;
    private readonly Task _released;
    private int _isClosed;

    // Released: what is below is the caller's again; null when it never is.
    internal TlsStream(TlsConnection connection, StreamProtocol protocol, Task? released = null)
    {
        Connection = connection;
        _protocol = protocol;
        _released = released ?? Task.CompletedTask;
    }

    /// <summary>A protocol for a <see cref="TlsListener"/> that hands each connection to an asynchronous method as a stream.</summary>
    /// <param name="serve">
    /// Called on the pool after the handshake; when it ends the connection is closed in order, when it throws it is aborted. What it throws
    /// is reported as unhandled, unless it is a cancellation, or the <see cref="IOException"/> of a connection that is ending: that one
    /// goes on to its end, with all that was written before.
    /// </param>
    /// <returns>A protocol for one connection.</returns>
    public static IProtocol CreateProtocol(Func<TlsStream, Task> serve)
    {
        ArgumentNullException.ThrowIfNull(serve);
        return new StreamProtocol(serve);
    }

    /// <summary>The connection below: what was negotiated, its states, why it ended.</summary>
    public TlsConnection Connection { get; }

    /// <summary>The application protocol agreed by ALPN; default (empty) when none.</summary>
    public SslApplicationProtocol NegotiatedApplicationProtocol => Connection.Session!.ApplicationProtocol;

    /// <summary>The negotiated version.</summary>
    public SslProtocols SslProtocol => Connection.Session!.Protocol;

    /// <summary>The negotiated cipher suite.</summary>
    public TlsCipherSuite NegotiatedCipherSuite => Connection.Session!.CipherSuite;

    /// <summary>What the peer presented; null when nothing.</summary>
    public X509Certificate2? RemoteCertificate => Connection.Session!.PeerCertificate;

    /// <summary>What we presented; null when nothing.</summary>
    public X509Certificate2? LocalCertificate => Connection.Session!.OwnCredential?.Certificate;

    /// <summary>
    /// What ties an authentication above (NTLM, SCRAM) to this connection, in .NET's form: <c>tls-server-end-point</c>, and on TLS 1.2
    /// <c>tls-unique</c>. <see cref="TlsConnection.GetChannelBinding"/> has <c>tls-exporter</c> too, for which .NET has no kind.
    /// </summary>
    public TransportContext TransportContext => new StreamTransportContext(Connection);

    /// <summary>Whether the stream was not disposed.</summary>
    public override bool CanRead => Volatile.Read(ref _isClosed) == 0;

    /// <summary>Whether the stream was not disposed.</summary>
    public override bool CanWrite => CanRead;

    /// <summary>False.</summary>
    public override bool CanSeek => false;

    /// <summary>False: cancel instead.</summary>
    public override bool CanTimeout => false;

    /// <summary>Waits for bytes. With an empty buffer it waits until there are some, and takes none.</summary>
    /// <param name="buffer">Filled from its beginning, with what is there.</param>
    /// <param name="cancellationToken">Cancels the wait; the stream stays usable and no byte is lost.</param>
    /// <returns>How many bytes; 0 after the peer's close_notify.</returns>
    /// <exception cref="TlsException">The connection failed, or was cut off.</exception>
    /// <exception cref="IOException">The connection was lost, or aborted on this side.</exception>
    /// <exception cref="InvalidOperationException">Another read is pending.</exception>
    /// <exception cref="ObjectDisposedException">The stream was disposed.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _protocol.Reads.ReadAsync(this, buffer, cancellationToken);

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return _protocol.Reads.ReadAsync(this, buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Writes all of <paramref name="buffer"/>; waits while the connection has more to send than its write mark allows.</summary>
    /// <param name="buffer">Not to be changed until the task completes.</param>
    /// <param name="cancellationToken">
    /// Takes back a write that has not begun: then the stream stays usable, and the peer has none of it. One that has begun ends at once,
    /// and the connection with it, which is aborted: nobody knows how much went out.
    /// </param>
    /// <returns>Completes when the connection has taken everything.</returns>
    /// <exception cref="TlsException">The connection has failed.</exception>
    /// <exception cref="IOException">The connection was lost or closed.</exception>
    /// <exception cref="InvalidOperationException">
    /// Another write is pending, or our direction was closed (<see cref="TlsTransport.WriteEof"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The stream was disposed.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _protocol.Writes.WriteAsync(this, buffer, cancellationToken);

    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return _protocol.Writes.WriteAsync(this, buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Does nothing: what was written is on its way already.</summary>
    public override void Flush() { }

    /// <summary>Does nothing: what was written is on its way already.</summary>
    /// <param name="cancellationToken">Looked at once.</param>
    /// <returns>Completed.</returns>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <summary>
    /// Ends our direction alone: close_notify goes out behind all that was written, and reading goes on until the peer's.
    /// </summary>
    /// <param name="cancellationToken">Looked at once.</param>
    /// <returns>Completes when close_notify is on its way.</returns>
    /// <exception cref="InvalidOperationException">A write is pending.</exception>
    /// <exception cref="NotSupportedException">
    /// TLS 1.2 without <see cref="TlsConnectionOptions.AllowHalfCloseOnTls12"/>: the peer would close at once.
    /// </exception>
    /// <exception cref="IOException">The connection is closed, lost, or has failed.</exception>
    /// <exception cref="ObjectDisposedException">The stream was disposed.</exception>
    public Task CloseWriteAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : _protocol.Writes.CloseAsync(this);

    /// <summary>
    /// Ends the connection in order and waits for it: all that was written goes out, then close_notify, then the peer's is awaited. What
    /// the peer still sends is discarded, and the stream is disposed.
    /// </summary>
    /// <param name="cancellationToken">Aborts the connection.</param>
    /// <returns>Completes when the connection is gone.</returns>
    /// <exception cref="TlsException">
    /// It did not end in order; <see cref="CloseReason.ShutdownTimeout"/> when that took longer than
    /// <see cref="TlsConnectionOptions.ShutdownTimeout"/>.
    /// </exception>
    /// <exception cref="IOException">The connection was lost.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the connection was aborted.</exception>
    /// <exception cref="InvalidOperationException">A write is pending.</exception>
    public async Task ShutdownAsync(CancellationToken cancellationToken = default)
    {
        if (_protocol.Writes.IsWriting)
            throw new InvalidOperationException("A write is pending: await it before the shutdown, so that the peer gets all of it.");

        Close(isBounded: false);
        Exception? reason;
        using (cancellationToken.UnsafeRegister(static protocol => ((StreamProtocol)protocol!).Abort(), _protocol))
            reason = await _protocol.Lost;
        await _released;

        if (Connection.CloseReason == CloseReason.LocalAbort)
        {
            cancellationToken.ThrowIfCancellationRequested();
            reason ??= new IOException("The connection was aborted on this side before it had ended in order.");
        }

        if (reason is not null)
            throw StreamFailure.Again(reason);
    }

    /// <summary>
    /// Refuses the peer: a fatal alert goes out, and the connection ends at once, as by
    /// <see cref="TlsTransport.Abort(TlsAlert, Exception?)"/>. From any thread; reads and writes that are pending fail. The stream is still
    /// to be disposed.
    /// </summary>
    /// <param name="alert">What the peer hears.</param>
    /// <param name="reason">Why, for those who are told of the end; null for an exception that names the alert.</param>
    /// <exception cref="ArgumentException">close_notify or a warning (user_canceled, no_renegotiation), or no code of an alert.</exception>
    public void Abort(TlsAlert alert, Exception? reason = null)
    {
        TlsTransport.CheckFatal(alert);
        _protocol.Abort(alert, reason);
    }

    /// <summary>
    /// As <see cref="ShutdownAsync"/>, but tells no failure: <see cref="TlsConnection.CloseReason"/> and
    /// <see cref="TlsConnection.Failure"/> do.
    /// </summary>
    /// <returns>
    /// Completes when the connection is gone. The peer's close_notify is awaited no longer than
    /// <see cref="TlsConnectionOptions.StreamDisposeTimeout"/>; a peer that takes nothing of what is still to be sent, no longer than
    /// <see cref="TlsConnectionOptions.ShutdownTimeout"/> and the transport's own limits allow.
    /// </returns>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _protocol.Lost;
        await _released;
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the connection in order, as <see cref="DisposeAsync"/>, without waiting for it.</summary>
    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close(isBounded: true);
        else
            _protocol.Forget();

        base.Dispose(disposing);
    }

    /// <summary>A stream that nobody disposed and nobody has any more: its connection is aborted, and what is below released.</summary>
    ~TlsStream() => Dispose(disposing: false);

    private void Close(bool isBounded)
    {
        // A dispose after a shutdown that is still under way only adds its bound.
        if (Interlocked.Exchange(ref _isClosed, 1) == 0 || isBounded)
            _protocol.Close(isBounded);
    }

    /// <summary>As <see cref="ReadAsync(Memory{byte}, CancellationToken)"/>, on the caller's thread.</summary>
    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        ThrowOnLoop();
        var reading = ReadAsync(buffer.AsMemory(offset, count));
        return reading.IsCompleted ? reading.GetAwaiter().GetResult() : reading.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>As <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>, on the caller's thread.</summary>
    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        ThrowOnLoop();
        WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    /// <inheritdoc/>
    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <inheritdoc/>
    public override long Length => throw Seeking();

    /// <inheritdoc/>
    [SuppressMessage("Design", "CA1065", Justification = "What a stream that cannot seek does.")]
    public override long Position
    {
        get => throw Seeking();
        set => throw Seeking();
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw Seeking();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw Seeking();

    private void ThrowOnLoop()
    {
        if (Connection.Loop.IsOnLoop)
            throw new InvalidOperationException("A blocking call on the connection's own event loop would wait for itself.");
    }

    private static NotSupportedException Seeking() => new("A TLS stream cannot seek.");
}
