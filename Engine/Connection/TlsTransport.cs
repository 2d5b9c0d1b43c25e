using System.Net;

namespace TlsFsm;

/// <summary>
/// What the application holds of a connection: every member answers in every state. Names in brackets are those of CPython's
/// asyncio/sslproto, whose <c>_SSLProtocolTransport</c> it is.
/// </summary>
/// <remarks>All calls on the connection's loop; two threads at once are refused with <see cref="InvalidOperationException"/>.</remarks>
public sealed class TlsTransport : ISwitchableTransport, IDrainingTransport
{
    private readonly TlsConnection _connection;

    internal TlsTransport(TlsConnection connection) => _connection = connection;

    /// <summary>The connection behind it: its states, its log, what the handshake settled.</summary>
    public TlsConnection Connection => _connection;

    /// <summary>
    /// The application's protocol. Binding another takes effect with the next delivery; it is not told ConnectionMade (<c>set_protocol</c>,
    /// <c>get_protocol</c>).
    /// </summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public IProtocol Protocol
    {
        get => _connection.Parts.Application.Protocol;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            using var use = _connection.Parts.SingleUse.Enter();
            _connection.Parts.Application.Bind(value);
        }
    }

    /// <summary>
    /// Whether writes are dropped, now or as soon as it is connected: closed, closing, failed, aborted or lost (<c>is_closing</c>).
    /// </summary>
    public bool IsClosing =>
        _connection.Parts.Life.IsClosing;

    /// <summary>Whether the application has not paused reading (<c>is_reading</c>).</summary>
    public bool IsReading => !_connection.Parts.Incoming.IsApplicationPaused;

    /// <summary>Whether the application was asked to pause writing, and not yet to resume (<c>_protocol_paused</c>).</summary>
    public bool IsWritingPaused => _connection.Parts.Outgoing.IsApplicationPaused;

    /// <summary>
    /// Bytes that wait to go out: ciphertext not yet handed to the transport below, and writes not yet encrypted
    /// (<c>get_write_buffer_size</c>).
    /// </summary>
    public int WriteBufferSize => _connection.Parts.Outgoing.Size;

    /// <inheritdoc/>
    /// <remarks>What waits here, encrypted or not, and what the transport below says that it still holds.</remarks>
    public long UnsentBytes => _connection.Parts.Outgoing.Size - _connection.Parts.Down.Pending + _connection.Parts.Down.Unsent;

    /// <inheritdoc/>
    public Action? Progressed
    {
        get;
        set
        {
            using var use = _connection.Parts.SingleUse.Enter();
            _connection.Parts.Down.Progressed -= field;
            field = value;
            _connection.Parts.Down.Progressed += value;
        }
    }

    /// <summary>Bytes received and not yet decrypted (<c>get_read_buffer_size</c>).</summary>
    public int ReadBufferSize => _connection.Parts.Core.Incoming.Pending;

    /// <summary>The marks at which the application is asked to resume and to pause writing (<c>get_write_buffer_limits</c>).</summary>
    public (int Low, int High) WriteBufferLimits => (_connection.Parts.Outgoing.Marks.Low, _connection.Parts.Outgoing.Marks.High);

    /// <summary>The marks at which the transport below is asked to resume and to pause reading (<c>get_read_buffer_limits</c>).</summary>
    public (int Low, int High) ReadBufferLimits => (_connection.Parts.Incoming.Marks.Low, _connection.Parts.Incoming.Marks.High);

    /// <summary>
    /// Whether <see cref="WriteEof"/> can close our direction alone now: after the handshake, on TLS 1.3 or with
    /// <see cref="TlsConnectionOptions.AllowHalfCloseOnTls12"/> (<c>can_write_eof</c>).
    /// </summary>
    public bool CanWriteEof => _connection.Parts.Life.Write is WriteState.Open or WriteState.KeptOpen && _connection.Parts.CanCloseWrite;

    /// <summary>Whether our direction was closed alone: writes are dropped, reading goes on.</summary>
    public bool IsWriteClosed => _connection.Parts.Life.Write is WriteState.HalfClosed or WriteState.Ended;

    /// <summary>
    /// Sends bytes as records of their own. Never blocks; an empty write does nothing. After the end they are dropped, and from the sixth
    /// time on a warning is logged.
    /// </summary>
    /// <remarks>
    /// Once <see cref="IsClosing"/>, after <see cref="Close"/> for one, no pause will be asked for: a loop that writes until it is paused
    /// spins unless it looks at that too.
    /// </remarks>
    /// <param name="data">Copied if it has to wait.</param>
    public void Write(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;

        using var use = _connection.Parts.SingleUse.Enter();
        _connection.Parts.Outgoing.Write(data);
    }

    /// <summary>Sends several pieces, each as records of its own, handed to the transport together (<c>writelines</c>).</summary>
    /// <param name="lines">Enumerated before anything is sent: if that throws, nothing was.</param>
    /// <exception cref="ArgumentNullException"><paramref name="lines"/> is null.</exception>
    public void WriteLines(IEnumerable<ReadOnlyMemory<byte>> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var all = lines.ToArray();
        using var use = _connection.Parts.SingleUse.Enter();
        _connection.Parts.Outgoing.WriteLines(all);
    }

    /// <summary>
    /// Closes our direction alone (half-close, RFC 8446 section 6.1): what was written goes out and close_notify after it; reading
    /// goes on until the peer's. Once is enough; on a closing or closed connection it does nothing (<c>write_eof</c>).
    /// </summary>
    /// <exception cref="InvalidOperationException">The handshake has not finished.</exception>
    /// <exception cref="NotSupportedException">
    /// TLS 1.2 without <see cref="TlsConnectionOptions.AllowHalfCloseOnTls12"/>: the peer would close at once.
    /// </exception>
    public void WriteEof()
    {
        using var use = _connection.Parts.SingleUse.Enter();
        var state = _connection.Parts.Life.Write;
        if (state == WriteState.Waiting)
            throw new InvalidOperationException(
                $"{nameof(WriteEof)} needs state {nameof(TlsState.Wrapped)}; this connection is in {_connection.State}.");
        if (state is WriteState.Open or WriteState.KeptOpen && !_connection.Parts.CanCloseWrite)
            throw new NotSupportedException(
                $"On TLS 1.2 the peer answers close_notify by closing at once; set {nameof(TlsConnectionOptions.AllowHalfCloseOnTls12)} "
                + "if yours does not.");

        _connection.Parts.Outgoing.CloseWrite();
    }

    /// <inheritdoc/>
    public void PauseReading()
    {
        using var use = _connection.Parts.SingleUse.Enter();
        _connection.Parts.Incoming.Pause();
    }

    /// <inheritdoc/>
    public void ResumeReading()
    {
        using var use = _connection.Parts.SingleUse.Enter();
        _connection.Parts.Incoming.Resume();
    }

    /// <summary>
    /// Closes in order: what was written goes out, close_notify after it, then the peer's close_notify is awaited, at most for
    /// <see cref="TlsConnectionOptions.ShutdownTimeout"/>. Nothing more is delivered. Before the handshake has finished this is an abort.
    /// </summary>
    public void Close()
    {
        using var use = _connection.Parts.SingleUse.Enter();
        _connection.Parts.Close();
    }

    /// <summary>
    /// Ends the connection at once; what waits is dropped, and no alert is sent: <see cref="Abort(TlsAlert, Exception?)"/> sends one.
    /// </summary>
    /// <param name="reason">What the application is told with the loss; null for a deliberate abort.</param>
    public void Abort(Exception? reason = null)
    {
        using var use = _connection.Parts.SingleUse.Enter();
        _connection.Parts.Ending.Abort(reason, TlsTrigger.Aborted);
    }

    /// <summary>
    /// Refuses the peer for a reason of the application's own: a fatal alert goes out, then the connection ends at once, as by
    /// <see cref="Abort(Exception?)"/>. At any time: during the handshake, after it, while the connection shuts down. What waits is
    /// dropped; so is the alert where the transport below has asked for a pause, or there is none yet. After the end it does nothing.
    /// </summary>
    /// <param name="alert">What the peer hears. TLS 1.2 peers may not resume the session after it (RFC 5246 section 7.2.2).</param>
    /// <param name="reason">
    /// What the application is told with the loss, and who awaits the handshake. Null: a <see cref="TlsException"/> with
    /// <see cref="CloseReason.LocalAbort"/> and the alert, which is nobody's fault.
    /// </param>
    /// <exception cref="ArgumentException">close_notify or a warning (user_canceled, no_renegotiation), or no code of an alert.</exception>
    public void Abort(TlsAlert alert, Exception? reason = null)
    {
        CheckFatal(alert);
        using var use = _connection.Parts.SingleUse.Enter();
        _connection.Parts.Ending.Abort(alert, reason);
    }

    /// <summary>
    /// RFC 8446 section 6.2: every alert but these is fatal. A code without a name is one: others have been registered, and will be.
    /// </summary>
    internal static void CheckFatal(TlsAlert alert)
    {
        if (alert is TlsAlert.CloseNotify or TlsAlert.UserCanceled or TlsAlert.NoRenegotiation or < 0 or > (TlsAlert)byte.MaxValue)
            throw new ArgumentException($"{alert} is not a fatal alert, with which a connection could be ended.", nameof(alert));
    }

    /// <summary>Sets the marks for writing, and acts on them at once (<c>set_write_buffer_limits</c>).</summary>
    /// <param name="high">Bytes over which the application is asked to pause; null by the default rule.</param>
    /// <param name="low">Bytes at which it is asked to resume; null: a quarter of <paramref name="high"/>.</param>
    /// <exception cref="ArgumentException">Not high >= low >= 0.</exception>
    public void SetWriteBufferLimits(int? high = null, int? low = null)
    {
        using var use = _connection.Parts.SingleUse.Enter();
        _connection.Parts.Outgoing.SetMarks(high, low);
    }

    /// <summary>Sets the marks for reading, and acts on them at once (<c>set_read_buffer_limits</c>).</summary>
    /// <param name="high">Bytes over which the transport below is asked to pause; null by the default rule.</param>
    /// <param name="low">Bytes at which it is asked to resume; null: a quarter of <paramref name="high"/>.</param>
    /// <exception cref="ArgumentException">Not high >= low >= 0.</exception>
    public void SetReadBufferLimits(int? high = null, int? low = null)
    {
        using var use = _connection.Parts.SingleUse.Enter();
        _connection.Parts.Incoming.SetMarks(high, low);
    }

    /// <inheritdoc/>
    /// <remarks>The connection's own facts first, then those of the transport below. Both stay known after the end.</remarks>
    public object? GetExtraInfo(string name, object? defaultValue = null) => _connection.Parts.GetExtraInfo(name, defaultValue);

    /// <summary>
    /// The peer's address, <see cref="ExtraInfo.PeerName"/> by its type; null where the transport below has none. What the handshake has
    /// settled is typed in <see cref="TlsConnection.Session"/>.
    /// </summary>
    public EndPoint? RemoteEndPoint => GetExtraInfo(ExtraInfo.PeerName) as EndPoint;

    /// <summary>Our own address, <see cref="ExtraInfo.SocketName"/> by its type; null where the transport below has none.</summary>
    public EndPoint? LocalEndPoint => GetExtraInfo(ExtraInfo.SocketName) as EndPoint;
}
