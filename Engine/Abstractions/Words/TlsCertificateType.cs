namespace TlsFsm;

/// <summary>In which form a side shows its public key (RFC 7250 section 3, the numbers are IANA's).</summary>
public enum TlsCertificateType
{
    /// <summary>In a chain of certificates. What both sides mean when they say nothing.</summary>
    X509 = 0,

    /// <summary>Bare, as SubjectPublicKeyInfo: who it belongs to, the other side must know already.</summary>
    RawPublicKey = 2,
}
