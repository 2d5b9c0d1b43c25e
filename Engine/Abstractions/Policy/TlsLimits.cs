using System.Runtime.CompilerServices;

namespace TlsFsm;

/// <summary>
/// What a peer may make us hold or do. Beyond a limit the connection fails with an alert and an exception that names the limit, unless the
/// limit says otherwise.
/// </summary>
/// <remarks>A limit that is set out of its range is an <see cref="ArgumentOutOfRangeException"/> that names it.</remarks>
public sealed record TlsLimits
{
    /// <summary>The defaults.</summary>
    public static TlsLimits Default { get; } = new();

    /// <summary>
    /// The largest handshake message accepted, in bytes. All records of a handshake together may have four times as many.
    /// </summary>
    /// <value>1 KiB or more. Default 64 KiB: room for chains with post-quantum signatures, no room for a flood.</value>
    public int MaxHandshakeMessageSize { get; init => field = AtLeast(value, 1024); } = 64 * 1024;

    /// <summary>The longest certificate chain accepted, in certificates.</summary>
    /// <value>1 or more. Default 10, as OpenSSL's usual verify depth.</value>
    public int MaxCertificateChainLength { get; init => field = AtLeast(value, 1); } = 10;

    /// <summary>
    /// Records in a row that bring no data: empty ones, warnings, change_cipher_spec. One more for each minute that passes.
    /// </summary>
    /// <value>1 or more. Default 32, as OpenSSL's MAX_EMPTY_RECORDS: each costs us a decryption and brings nothing.</value>
    public int MaxRecordsWithoutProgress { get; init => field = AtLeast(value, 1); } = 32;

    /// <summary>
    /// KeyUpdates received without application data in between (RFC 8446 section 4.6.3). One more for each minute that passes.
    /// </summary>
    /// <value>1 or more. Default 32, as BoringSSL's: each costs us a key schedule.</value>
    public int MaxKeyUpdatesWithoutData { get; init => field = AtLeast(value, 1); } = 32;

    /// <summary>
    /// NewSessionTickets that a client which keeps sessions takes at once, in messages. One more for each minute that passes: servers renew
    /// them. Who keeps none passes them over (RFC 8446 section 4.6.1).
    /// </summary>
    /// <value>1 or more. Default 32: servers send one to four; each costs a derivation, and room where sessions are kept.</value>
    public int MaxSessionTickets { get; init => field = AtLeast(value, 1); } = 32;

    /// <summary>
    /// Attempts to renegotiate at once (TLS 1.2: HelloRequest, or ClientHello), in messages. One more for each minute that passes.
    /// </summary>
    /// <value>1 or more. Default 32: each is refused with an alert, which costs output; a decent peer tries once.</value>
    public int MaxRenegotiationAttempts { get; init => field = AtLeast(value, 1); } = 32;

    /// <summary>Bytes received, with the headers of their records, before the peer's first handshake message is there in full.</summary>
    /// <value>
    /// 1 KiB or more. Default 16 KiB more than <see cref="MaxHandshakeMessageSize"/>: the largest hello that is accepted, and the headers
    /// of its records. A smaller value is a limit of its own on hellos: a ClientHello with two post-quantum shares has 4 KiB, and until it
    /// is there, anybody may have sent it.
    /// </value>
    public int MaxBytesBeforeHello
    {
        get => field == 0 ? (int)Math.Min(int.MaxValue, MaxHandshakeMessageSize + 16L * 1024) : field;
        init => field = AtLeast(value, 1024);
    }

    /// <summary>Bytes received and not yet decrypted, at any time.</summary>
    /// <value>
    /// 64 KiB or more. Default 16 MiB. A transport that pauses when asked never gets near: it stops at the high-water mark and one read.
    /// This is for one that does not.
    /// </value>
    public int MaxBufferedBytes { get; init => field = AtLeast(value, 64 * 1024); } = 16 * 1024 * 1024;

    /// <summary>Tickets of one ClientHello that a server tries to open.</summary>
    /// <value>1 or more. Default 4: clients offer one or two; each costs a decryption, before anybody has proved anything.</value>
    public int MaxTicketsTried { get; init => field = AtLeast(value, 1); } = 4;

    /// <summary>
    /// Bytes taken and discarded after our own close while we wait for the peer's close_notify. Beyond it nothing fails: the wait is
    /// given up, and the connection ends as <see cref="CloseReason.Unanswered"/> once all output has gone out.
    /// </summary>
    /// <value>0 or more. Default 16 MiB: what a fast peer had in flight, not the rest of its download.</value>
    public long MaxDiscardedAfterClose { get; init => field = AtLeast(value, 0); } = 16 * 1024 * 1024;

    private static T AtLeast<T>(T value, T minimum, [CallerMemberName] string name = "") where T : IComparable<T> =>
        value.CompareTo(minimum) >= 0
            ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} should be at least {minimum}, got {value}.");
}
