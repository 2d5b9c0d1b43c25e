namespace TlsFsm;

/// <summary>Alert descriptions (RFC 8446 section 6, RFC 5246 section 7.2, RFC 6066, RFC 7301). The value is the code on the wire.</summary>
public enum TlsAlert
{
    /// <summary>The sender will send no more on this connection.</summary>
    CloseNotify = 0,
    /// <summary>A message that fits nowhere at this point.</summary>
    UnexpectedMessage = 10,
    /// <summary>A record that does not authenticate.</summary>
    BadRecordMac = 20,
    /// <summary>A record longer than allowed.</summary>
    RecordOverflow = 22,
    /// <summary>No acceptable set of parameters.</summary>
    HandshakeFailure = 40,
    /// <summary>A certificate that is corrupt, or for another name.</summary>
    BadCertificate = 42,
    /// <summary>A certificate of a kind, or for a use, that is not accepted.</summary>
    UnsupportedCertificate = 43,
    /// <summary>A certificate revoked by its signer.</summary>
    CertificateRevoked = 44,
    /// <summary>A certificate that has expired.</summary>
    CertificateExpired = 45,
    /// <summary>A certificate rejected for another reason.</summary>
    CertificateUnknown = 46,
    /// <summary>A field out of range or inconsistent.</summary>
    IllegalParameter = 47,
    /// <summary>A chain that ends at no trusted root.</summary>
    UnknownCa = 48,
    /// <summary>A valid certificate whose holder may not enter.</summary>
    AccessDenied = 49,
    /// <summary>A message that cannot be decoded.</summary>
    DecodeError = 50,
    /// <summary>A signature or Finished that does not verify.</summary>
    DecryptError = 51,
    /// <summary>A version that is recognised and not supported.</summary>
    ProtocolVersion = 70,
    /// <summary>The server demands more security than the client offers.</summary>
    InsufficientSecurity = 71,
    /// <summary>An error that is not the peer's.</summary>
    InternalError = 80,
    /// <summary>A retry at a lower version than necessary (RFC 7507).</summary>
    InappropriateFallback = 86,
    /// <summary>The handshake is cancelled for a reason that is no protocol error.</summary>
    UserCanceled = 90,
    /// <summary>Renegotiation is refused (TLS 1.2).</summary>
    NoRenegotiation = 100,
    /// <summary>A mandatory extension is missing.</summary>
    MissingExtension = 109,
    /// <summary>An extension that was not offered, or is forbidden here.</summary>
    UnsupportedExtension = 110,
    /// <summary>No server of that name here (RFC 6066 section 3).</summary>
    UnrecognizedName = 112,
    /// <summary>A bad or missing OCSP response (RFC 6066 section 8).</summary>
    BadCertificateStatusResponse = 113,
    /// <summary>No such pre-shared key.</summary>
    UnknownPskIdentity = 115,
    /// <summary>A client certificate is required (TLS 1.3).</summary>
    CertificateRequired = 116,
    /// <summary>No application protocol in common (RFC 7301).</summary>
    NoApplicationProtocol = 120,
}
