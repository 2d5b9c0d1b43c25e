namespace TlsFsm;

/// <summary>Signature schemes that can be asked for. The value is IANA's (TLS SignatureScheme).</summary>
/// <remarks>What is not here (SHA-1, DSA, MD5) cannot be asked for at all.</remarks>
public enum TlsSignatureScheme
{
    /// <summary>RSA PKCS#1 v1.5 with SHA-256. TLS 1.2 only; on TLS 1.3 it stands for certificates (RFC 8446 section 4.2.3).</summary>
    RsaPkcs1Sha256 = 0x0401,

    /// <summary>RSA PKCS#1 v1.5 with SHA-384. As <see cref="RsaPkcs1Sha256"/>.</summary>
    RsaPkcs1Sha384 = 0x0501,

    /// <summary>RSA PKCS#1 v1.5 with SHA-512. As <see cref="RsaPkcs1Sha256"/>.</summary>
    RsaPkcs1Sha512 = 0x0601,

    /// <summary>ECDSA with SHA-256; on TLS 1.3 with P-256.</summary>
    EcdsaSecp256r1Sha256 = 0x0403,

    /// <summary>ECDSA with SHA-384; on TLS 1.3 with P-384.</summary>
    EcdsaSecp384r1Sha384 = 0x0503,

    /// <summary>ECDSA with SHA-512; on TLS 1.3 with P-521.</summary>
    EcdsaSecp521r1Sha512 = 0x0603,

    /// <summary>Ed25519 (RFC 8032), which hashes by itself. On TLS 1.2 it goes with the suites of ECDSA (RFC 8422 section 5.10).</summary>
    Ed25519 = 0x0807,

    /// <summary>RSA PSS with SHA-256, for keys that say rsaEncryption.</summary>
    RsaPssRsaeSha256 = 0x0804,

    /// <summary>RSA PSS with SHA-384, for keys that say rsaEncryption.</summary>
    RsaPssRsaeSha384 = 0x0805,

    /// <summary>RSA PSS with SHA-512, for keys that say rsaEncryption.</summary>
    RsaPssRsaeSha512 = 0x0806,
}
