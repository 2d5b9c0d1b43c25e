using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Abstractions.Seams;

namespace TlsFsm;

/// <summary>What both roles share: deadlines, water marks, limits, endings. Immutable, so one instance serves many connections.</summary>
public record TlsConnectionOptions
{
    /// <summary>How long a handshake may take, from the moment the transport is connected.</summary>
    /// <value>Greater than zero, at most 24 days (what a timer takes). Default 60 seconds (<c>SSL_HANDSHAKE_TIMEOUT</c>).</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero, negative, or more than a timer takes.</exception>
    public TimeSpan HandshakeTimeout
    {
        get;
        init => field = Positive(value, nameof(HandshakeTimeout));
    } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long the peer may take to answer our close_notify: from the moment when the last byte has left us. While bytes have not left,
    /// how long none of them may, if <see cref="FlushTimeout"/> says nothing else.
    /// </summary>
    /// <value>
    /// Greater than zero, at most 24 days. Default 30 seconds (<c>SSL_SHUTDOWN_TIMEOUT</c>). Bytes that the transport holds count as not
    /// left if it can tell (<see cref="IDrainingTransport"/>, as the sockets, pipes and streams here); of another transport, what it has
    /// taken has left, and the period runs from the close on, whatever moves, as in CPython's asyncio.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">Zero, negative, or more than a timer takes.</exception>
    public TimeSpan ShutdownTimeout
    {
        get;
        init => field = Positive(value, nameof(ShutdownTimeout));
    } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long output may make no progress while the connection shuts down: from the close on, and from each byte on that leaves. A reader
    /// may be slow, but not take nothing for so long. The wait for the peer's close_notify begins after it.
    /// </summary>
    /// <value>Greater than zero, at most 24 days. Default null: as long as <see cref="ShutdownTimeout"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero, negative, or more than a timer takes.</exception>
    public TimeSpan? FlushTimeout
    {
        get;
        init => field = value is { } given ? Positive(given, nameof(FlushTimeout)) : null;
    }

    /// <summary>
    /// How long disposing a <c>TlsStream</c> waits for the peer's close_notify once the last byte has left. Its <c>ShutdownAsync</c> waits
    /// for <see cref="ShutdownTimeout"/> instead.
    /// </summary>
    /// <value>
    /// Greater than zero, at most 24 days. Default 2 seconds, a round trip with a retransmission: whoever disposes wants no more of the
    /// peer, whose answer proves nothing then that the transport's end would not.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">Zero, negative, or more than a timer takes.</exception>
    public TimeSpan StreamDisposeTimeout { get; init => field = Positive(value, nameof(StreamDisposeTimeout)); } = TimeSpan.FromSeconds(2);

    /// <summary>Whether our own close waits for the peer's close_notify.</summary>
    /// <value>
    /// Default true. False: the connection ends as soon as all output is handed over (RFC 8446 section 6.1 allows it), with
    /// <see cref="CloseReason.Unanswered"/> unless the answer had come.
    /// </value>
    public bool AwaitCloseNotify { get; init; } = true;

    /// <summary>Whether one direction may be closed alone on TLS 1.2 too.</summary>
    /// <value>
    /// Default false: RFC 5246 section 7.2.1 wants the other side to close at once, so its data would be lost. TLS 1.3 always allows it.
    /// </value>
    public bool AllowHalfCloseOnTls12 { get; init; }

    /// <summary>Whether the application is told <see cref="IProtocol.ConnectionMade"/>.</summary>
    /// <value>Default true. False for an upgrade (STARTTLS): the application is connected already (<c>call_connection_made</c>).</value>
    public bool CallConnectionMade { get; init; } = true;

    /// <summary>Whether TLS stops after the last record of its handshake and leaves what follows untouched.</summary>
    /// <value>
    /// Default false: it goes on with the peer's records. True for protocols that use the handshake, or its keys, and go on with bytes of
    /// their own (TDS, S7CommPlus): after the handshake the connection can write, and reads nothing until the host has decided with
    /// <c>TlsConnection.TakeUnread</c>, <c>TlsConnection.Detach</c> or <c>TlsConnection.ContinueAfterHandshake</c>. A server of ours gives
    /// no TLS 1.3 tickets then, because they stand behind the handshake; other servers have to be told.
    /// </value>
    public bool StopAfterHandshake { get; init; }

    /// <summary>Whether the peer's stream may end without close_notify.</summary>
    /// <value>
    /// Default false: such an end is <see cref="CloseReason.Truncated"/> and an error, because data may have been cut off
    /// (RFC 8446 section 6.1). True for protocols that mark the end of their messages themselves.
    /// </value>
    public bool TolerateTruncation { get; init; }

    /// <summary>
    /// Whether the application may keep its own direction open when the transport's stream has ended, as it may behind a close_notify
    /// alone: a peer that ends its stream may read on.
    /// </summary>
    /// <value>
    /// Default true: <see cref="IProtocol.EofReceived"/> is asked before anything answers, also at an end without close_notify where
    /// <see cref="TolerateTruncation"/> admits one. False, as in CPython's asyncio: once the rest of the stream is delivered our direction ends, and
    /// what <see cref="IProtocol.EofReceived"/> returns, or writes, counts for nothing.
    /// </value>
    public bool AllowHalfCloseAtEndOfStream { get; init; } = true;

    /// <summary>Bytes received and not yet taken by the application, above which the transport is asked to pause.</summary>
    /// <value>
    /// 0 or more. Default null: four times the low mark when that is given, else 256 KiB, as in the seed; 0 with a
    /// <see cref="TlsDuplexPipe"/>, which holds 64 KiB itself for a reader that is behind.
    /// </value>
    public int? ReadHighWaterMark { get; init; }

    /// <summary>Bytes received and not yet taken at which the transport resumes.</summary>
    /// <value>0 to the high mark. Default null: a quarter of the high mark.</value>
    public int? ReadLowWaterMark { get; init; }

    /// <summary>Bytes written and not yet sent, above which the application is asked to pause.</summary>
    /// <value>0 or more. Default null: four times the low mark when that is given, else 512 KiB, as in the seed.</value>
    public int? WriteHighWaterMark { get; init; }

    /// <summary>Bytes written and not yet sent at which the application resumes.</summary>
    /// <value>0 to the high mark. Default null: a quarter of the high mark.</value>
    public int? WriteLowWaterMark { get; init; }

    /// <summary>How large the records are that data is sent in.</summary>
    /// <value>
    /// Default <see cref="TlsRecordSize.Largest"/>: least work a byte. <see cref="TlsRecordSize.Dynamic"/> for what is read as it arrives,
    /// as web pages.
    /// </value>
    public TlsRecordSize RecordSize { get; init; } = TlsRecordSize.Largest;

    /// <summary>Whether small writes of one turn of the loop share records.</summary>
    /// <value>
    /// Default false: each write is sent at once, in records of its own. True saves up to 22 bytes and a system call a write, and sends at
    /// the end of the turn, or when a full record is at hand.
    /// </value>
    public bool CoalesceWrites { get; init; }

    /// <summary>How records of TLS 1.3 are filled up to hide the size of what they hold.</summary>
    /// <value>
    /// Default <see cref="TlsRecordPadding.None"/>: padding costs bandwidth, and only the application knows what its sizes tell.
    /// </value>
    public TlsRecordPadding RecordPadding { get; init; } = TlsRecordPadding.None;

    /// <summary>Records of data sent under one key of TLS 1.3; then a KeyUpdate gives the next (RFC 8446 section 5.5).</summary>
    /// <value>1 to 1,048,576, the default: a sixteenth of what AES-GCM bears (2^24.5 records).</value>
    /// <exception cref="ArgumentOutOfRangeException">Out of that range.</exception>
    public int RecordsPerKey
    {
        get;
        init => field = value is >= 1 and <= 1 << 20
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(RecordsPerKey), value, $"{nameof(RecordsPerKey)} should be 1 to {1 << 20}, got {value}.");
    } = 1 << 20;

    /// <summary>What a peer may make us hold or do; every limit with unit, default and reason.</summary>
    public TlsLimits Limits { get; init; } = TlsLimits.Default;

    /// <summary>
    /// How long a session may be resumed, from its full handshake on; tickets given on resumed connections do not prolong it.
    /// </summary>
    /// <value>
    /// Greater than zero, at most 7 days (RFC 8446 section 4.6.1). Default 1 day: as often at least, the peer proves itself anew.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">Zero, negative, or more than 7 days.</exception>
    public TimeSpan MaxSessionAge
    {
        get;
        init => field = value > TimeSpan.Zero && value <= TimeSpan.FromDays(7)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(MaxSessionAge), value, $"{nameof(MaxSessionAge)} should be positive and at most 7 days, got {value}.");
    } = TimeSpan.FromDays(1);

    /// <summary>The session that this connection must resume: one that goes back to the same full handshake.</summary>
    /// <value>
    /// Default null: none. For data connections that must belong to a control connection (FTPS): its <see cref="TlsSessionInfo"/>.
    /// When the session cannot be resumed, the handshake fails with <see cref="TlsFault.Incompatible"/>.
    /// </value>
    public TlsSessionInfo? RequireResumption { get; init; }

    /// <summary>The clock that says how old sessions and tickets are, and when certificates and stapled responses are judged.</summary>
    /// <value>
    /// Default the system's. Deadlines go by the event loop's clock; a <see cref="CertificateVerification.ChainPolicy"/> with a
    /// verification time of its own goes by that.
    /// </value>
    public TimeProvider TimeProvider { get; init; } = DefaultClock.Instance;

    /// <summary>
    /// Given the secrets of each connection, a line at a time in the NSS key log format: whoever has them reads all its traffic,
    /// recorded or live. For looking into captures of one's own traffic; never in production.
    /// </summary>
    /// <value>
    /// Default null: nobody is given anything. Called on the connection's thread; connections on several threads call it at once.
    /// What it throws is reported to the loop, and the connection goes on.
    /// </value>
    public Action<string>? DangerousKeyLog { get; init; }

    /// <summary>
    /// Shown each handshake message, alert and change_cipher_spec of each connection, sent and received, in the order of the wire: also
    /// those after the handshake, and those that are refused. For debugging; <see cref="TlsMessage"/> says what can be learnt from it.
    /// </summary>
    /// <value>
    /// Default null: nobody is shown anything, and it costs nothing. Called on the connection's loop in the middle of its steps, so it must
    /// not block, and must not call back into the connection (an <see cref="InvalidOperationException"/>). What it throws is reported as
    /// unhandled on a later turn, and changes nothing. The bytes are the connection's own: what is to be kept must be copied. Connections
    /// on several threads call it at once; to tell them apart, give each its own by <c>TlsConnection.MessageObserver</c>.
    /// </value>
    public Action<TlsMessage>? MessageObserver { get; init; }

    /// <summary>Who computes X25519, alone and as half of a hybrid.</summary>
    /// <value>
    /// Default null: <see cref="TlsX25519.Default"/>, the system's OpenSSL where there is one, and elsewhere managed code at twice the
    /// cost. <c>TlsFsm.Sodium</c> sets libsodium's by <c>options.WithSodium()</c>, which is the quickest. A server's own decides, whatever
    /// options it chooses for a client.
    /// </value>
    public ITlsX25519? X25519 { get; init; }

    /// <summary>Where log entries go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Who makes the meter that connections are measured on (docs/observability.md).</summary>
    /// <value>
    /// Default null: one meter of the process, <see cref="TlsTelemetry.MeterName"/>. A factory, as dependency injection has one, is asked
    /// for a meter of that name once, and connections with it are measured there alone.
    /// </value>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>What protects records; tests take ciphers away, to go the way of a machine without them.</summary>
    internal PlatformCiphers Platform { get; init; } = PlatformCiphers.OfThisMachine;

    private static TimeSpan Positive(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero || value.TotalMilliseconds > int.MaxValue)
            throw new ArgumentOutOfRangeException(
                name, value, $"{name} should be a positive number of at most {int.MaxValue} ms, got {value}.");

        return value;
    }
}
