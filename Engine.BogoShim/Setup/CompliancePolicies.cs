using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Setup;

/// <summary>Lists that others have written down, as policies of the engine.</summary>
internal static class CompliancePolicies
{
    /// <summary>NIST SP 800-52 revision 2, as BoringSSL reads it (<c>ssl_compliance_policy_fips_202205</c>).</summary>
    public static TlsPolicy Fips202205 { get; } = TlsPolicy.Default with
    {
        CipherSuites =
        [
            TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ],
        Groups = [TlsNamedGroup.Secp256r1, TlsNamedGroup.Secp384r1],
        CertificateCurves = [],
        SignatureSchemes =
        [
            TlsSignatureScheme.RsaPkcs1Sha256, TlsSignatureScheme.RsaPkcs1Sha384, TlsSignatureScheme.RsaPkcs1Sha512,
            TlsSignatureScheme.EcdsaSecp256r1Sha256, TlsSignatureScheme.EcdsaSecp384r1Sha384,
            TlsSignatureScheme.RsaPssRsaeSha256, TlsSignatureScheme.RsaPssRsaeSha384, TlsSignatureScheme.RsaPssRsaeSha512,
        ],
    };

    /// <summary>WPA3 192-bit mode (<c>ssl_compliance_policy_wpa3_192_202304</c>).</summary>
    public static TlsPolicy Wpa202304 { get; } = TlsPolicy.Default with
    {
        CipherSuites =
        [
            TlsCipherSuite.TLS_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ],
        Groups = [TlsNamedGroup.Secp384r1],
        CertificateCurves = [],
        SignatureSchemes =
        [
            TlsSignatureScheme.RsaPkcs1Sha384, TlsSignatureScheme.RsaPkcs1Sha512, TlsSignatureScheme.EcdsaSecp384r1Sha384,
            TlsSignatureScheme.RsaPssRsaeSha384, TlsSignatureScheme.RsaPssRsaeSha512,
        ],
    };

    /// <summary>AES before ChaCha20 on TLS 1.3, and the longer key first (<c>ssl_compliance_policy_cnsa_202407</c>).</summary>
    public static TlsPolicy Cnsa202407 { get; } = TlsPolicy.Default with
    {
        CipherSuites =
        [
            TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
            .. CipherList.All,
        ],
    };

    /// <summary>CNSA 1.0 (RFC 9151), as far as it is there: without RSA key exchange (<c>ssl_compliance_policy_cnsa1_202603</c>).</summary>
    public static TlsPolicy Cnsa1 { get; } = Wpa202304 with
    {
        Groups = [TlsNamedGroup.MLKem1024, TlsNamedGroup.Secp384r1],
        SignatureSchemes =
            [TlsSignatureScheme.RsaPkcs1Sha384, TlsSignatureScheme.EcdsaSecp384r1Sha384, TlsSignatureScheme.RsaPssRsaeSha384],
    };

    /// <summary>CNSA 2.0, with the signatures of CNSA 1.0 (<c>ssl_compliance_policy_cnsa2_202603</c>).</summary>
    public static TlsPolicy Cnsa2 { get; } = Cnsa1 with
    {
        Protocols = SslProtocols.Tls13,
        CipherSuites = [TlsCipherSuite.TLS_AES_256_GCM_SHA384],
        Groups = [TlsNamedGroup.MLKem1024],
    };
}
