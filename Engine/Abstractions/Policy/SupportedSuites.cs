using System.Net.Security;

namespace TlsFsm.Abstractions.Policy;

/// <summary>What a cipher suite needs of the rest of the policy.</summary>
internal enum SuiteKind
{
    /// <summary>Not supported.</summary>
    Unknown,

    /// <summary>TLS 1.3: says nothing about keys.</summary>
    Tls13,

    /// <summary>TLS 1.2, ECDHE signed with ECDSA.</summary>
    EcdheEcdsa,

    /// <summary>TLS 1.2, ECDHE signed with RSA.</summary>
    EcdheRsa,

    /// <summary>TLS 1.2, a pre-shared key alone.</summary>
    Psk,

    /// <summary>TLS 1.2, a pre-shared key and ECDHE.</summary>
    EcdhePsk,
}

/// <summary>The cipher suites that are there.</summary>
internal static class SupportedSuites
{
    private static readonly Dictionary<TlsCipherSuite, SuiteKind> Known = new()
    {
        [TlsCipherSuite.TLS_AES_128_GCM_SHA256] = SuiteKind.Tls13,
        [TlsCipherSuite.TLS_AES_256_GCM_SHA384] = SuiteKind.Tls13,
        [TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256] = SuiteKind.Tls13,
        [TlsCipherSuite.TLS_AES_128_CCM_SHA256] = SuiteKind.Tls13,
        [TlsCipherSuite.TLS_AES_128_CCM_8_SHA256] = SuiteKind.Tls13,

        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256] = SuiteKind.EcdheEcdsa,
        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384] = SuiteKind.EcdheEcdsa,
        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256] = SuiteKind.EcdheEcdsa,
        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA] = SuiteKind.EcdheEcdsa,
        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA] = SuiteKind.EcdheEcdsa,
        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256] = SuiteKind.EcdheEcdsa,
        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384] = SuiteKind.EcdheEcdsa,

        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256] = SuiteKind.EcdheRsa,
        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384] = SuiteKind.EcdheRsa,
        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256] = SuiteKind.EcdheRsa,
        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA] = SuiteKind.EcdheRsa,
        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA] = SuiteKind.EcdheRsa,
        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256] = SuiteKind.EcdheRsa,
        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384] = SuiteKind.EcdheRsa,

        [TlsCipherSuite.TLS_PSK_WITH_AES_128_GCM_SHA256] = SuiteKind.Psk,
        [TlsCipherSuite.TLS_PSK_WITH_AES_256_GCM_SHA384] = SuiteKind.Psk,
        [TlsCipherSuite.TLS_PSK_WITH_CHACHA20_POLY1305_SHA256] = SuiteKind.Psk,

        [TlsCipherSuite.TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256] = SuiteKind.EcdhePsk,
        [TlsCipherSuite.TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384] = SuiteKind.EcdhePsk,
        [TlsCipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256] = SuiteKind.EcdhePsk,
    };

    public static IReadOnlyCollection<TlsCipherSuite> All => Known.Keys;

    public static SuiteKind KindOf(TlsCipherSuite suite) => Known.GetValueOrDefault(suite);

    public static bool IsPsk(TlsCipherSuite suite) => KindOf(suite) is SuiteKind.Psk or SuiteKind.EcdhePsk;

    public static bool IsCbc(TlsCipherSuite suite) => suite.ToString().Contains("_CBC_", StringComparison.Ordinal);
}
