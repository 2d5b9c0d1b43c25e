using System.Security.Authentication;

namespace TlsFsm;

/// <summary>A handshake message, an alert or a change_cipher_spec on its way in or out, as a message observer is shown it.</summary>
/// <remarks>
/// Holds no key and no traffic secret, but what is encrypted on the wire is in clear here: certificates, names, session tickets. Who keeps
/// it knows who talked with whom, and which connections were resumed from which. Application data is not shown: it is the application's
/// own, which sees it anyway, and so nobody stands in its way.
/// </remarks>
public readonly ref struct TlsMessage
{
    private const int HeaderSize = 4;

    /// <summary>Whether we have sent it; else it was received.</summary>
    public required bool IsSent { get; init; }

    /// <summary>What kind of message.</summary>
    public required TlsContentType ContentType { get; init; }

    /// <summary>
    /// The whole message: a handshake message with its header of four bytes, over however many records it came. Valid during the call only.
    /// </summary>
    public required ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>Whether it was encrypted on the wire.</summary>
    public required bool IsProtected { get; init; }

    /// <summary>
    /// The version of the connection; <see cref="SslProtocols.None"/> before a ServerHello has named it, which that ServerHello does.
    /// </summary>
    public SslProtocols Protocol { get; init; }

    /// <summary>Which handshake message; null when it is none.</summary>
    public TlsHandshakeType? HandshakeType => ContentType == TlsContentType.Handshake && !Bytes.IsEmpty ? (TlsHandshakeType)Bytes[0] : null;

    /// <summary>
    /// Which alert; null when it is none, or a peer's that is malformed. Its level (1 warning, 2 fatal) is the first of
    /// <see cref="Bytes"/>.
    /// </summary>
    public TlsAlert? Alert => ContentType == TlsContentType.Alert && Bytes.Length == 2 ? (TlsAlert)Bytes[1] : null;

    /// <summary>Whether it is a HelloRetryRequest: a ServerHello whose random says that it is none (RFC 8446 section 4.1.3).</summary>
    public bool IsHelloRetryRequest =>
        HandshakeType == TlsHandshakeType.ServerHello && Bytes.Length >= HeaderSize + 2 + RetryRandom.Length
            && Bytes.Slice(HeaderSize + 2, RetryRandom.Length).SequenceEqual(RetryRandom);

    /// <summary>SHA-256 of "HelloRetryRequest".</summary>
    private static ReadOnlySpan<byte> RetryRandom =>
    [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ];
}
