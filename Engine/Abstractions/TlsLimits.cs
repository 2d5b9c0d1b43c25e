using System.Runtime.CompilerServices;

namespace TlsFsm.Abstractions;

/// <summary>
/// What a peer may make us hold or do. Beyond a limit the connection fails with an alert and an exception that names the limit.
/// </summary>
public sealed record TlsLimits
{
    /// <summary>The defaults.</summary>
    public static TlsLimits Default { get; } = new();

    /// <summary>The largest handshake message accepted, in bytes.</summary>
    /// <value>1 KiB or more. Default 64 KiB: room for chains with post-quantum signatures, no room for a flood.</value>
    public int MaxHandshakeMessageSize { get; init => field = AtLeast(value, 1024); } = 64 * 1024;

    /// <summary>The longest certificate chain accepted, in certificates.</summary>
    /// <value>1 or more. Default 10, as OpenSSL's usual verify depth.</value>
    public int MaxCertificateChainLength { get; init => field = AtLeast(value, 1); } = 10;

    /// <summary>Records in a row that bring no data: empty ones, warnings, change_cipher_spec.</summary>
    /// <value>1 or more. Default 32, as OpenSSL's MAX_EMPTY_RECORDS: each costs us a decryption and brings nothing.</value>
    public int MaxRecordsWithoutProgress { get; init => field = AtLeast(value, 1); } = 32;

    /// <summary>KeyUpdates received without application data in between (RFC 8446 section 4.6.3).</summary>
    /// <value>1 or more. Default 32, as BoringSSL's: each costs us a key schedule.</value>
    public int MaxKeyUpdatesWithoutData { get; init => field = AtLeast(value, 1); } = 32;

    /// <summary>NewSessionTickets (client) or refused renegotiations (TLS 1.2) over a connection's life, in messages.</summary>
    /// <value>1 or more. Default 32: servers send one to four tickets; a refused renegotiation is answered, which costs output.</value>
    public int MaxPostHandshakeMessages { get; init => field = AtLeast(value, 1); } = 32;

    /// <summary>
    /// Bytes taken and discarded after our own close while we wait for the peer's close_notify. Beyond it nothing fails: the wait is
    /// given up, and the connection ends as <see cref="CloseReason.Unanswered"/> once all output has gone out.
    /// </summary>
    /// <value>0 or more. Default 16 MiB: what a fast peer had in flight, not the rest of its download.</value>
    public long MaxDiscardedAfterClose { get; init => field = AtLeast(value, 0); } = 16 * 1024 * 1024;

    private static T AtLeast<T>(T value, T minimum, [CallerMemberName] string name = "") where T : IComparable<T> =>
        value.CompareTo(minimum) >= 0 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} should be at least {minimum}, got {value}.");
}
