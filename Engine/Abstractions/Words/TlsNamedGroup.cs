namespace TlsFsm;

/// <summary>Key exchange groups that can be asked for. The value is IANA's (TLS Supported Groups).</summary>
/// <remarks>
/// A hybrid holds while either of its halves does. ML-KEM alone rests on one young assumption, and is there because some rules ask for it
/// (CNSA 2.0); none asks for ML-KEM-512, which is not there.
/// </remarks>
public enum TlsNamedGroup
{
    /// <summary>P-256.</summary>
    Secp256r1 = 0x0017,

    /// <summary>P-384.</summary>
    Secp384r1 = 0x0018,

    /// <summary>P-521.</summary>
    Secp521r1 = 0x0019,

    /// <summary>Curve25519 (RFC 7748).</summary>
    X25519 = 0x001D,

    /// <summary>Curve448 (RFC 7748).</summary>
    X448 = 0x001E,

    /// <summary>ML-KEM-768 (FIPS 203) alone: withstands a quantum computer. TLS 1.3 only, and in no preset.</summary>
    MLKem768 = 0x0201,

    /// <summary>ML-KEM-1024 (FIPS 203) alone: withstands a quantum computer. TLS 1.3 only.</summary>
    MLKem1024 = 0x0202,

    /// <summary>P-256 with ML-KEM-768: withstands a quantum computer. TLS 1.3 only.</summary>
    Secp256r1MLKem768 = 0x11EB,

    /// <summary>Curve25519 with ML-KEM-768: withstands a quantum computer. TLS 1.3 only.</summary>
    X25519MLKem768 = 0x11EC,

    /// <summary>P-384 with ML-KEM-1024: withstands a quantum computer. TLS 1.3 only.</summary>
    Secp384r1MLKem1024 = 0x11ED,
}
