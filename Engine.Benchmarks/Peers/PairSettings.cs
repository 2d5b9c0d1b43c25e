using System.Net.Security;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>
/// What both ends of a pair agree on, the same for every contender. Always TLS 1.3 with X25519, chain and name checked by the client.
/// </summary>
/// <param name="Suite">The only cipher suite offered.</param>
/// <param name="Credential">The server's.</param>
/// <param name="Resumes">Whether sessions are resumed.</param>
internal sealed record PairSettings(TlsCipherSuite Suite, TlsCredential Credential, bool Resumes = false)
{
    public static PairSettings Aes128 { get; } = new(TlsCipherSuite.TLS_AES_128_GCM_SHA256, BenchmarkCertificates.Ecdsa);

    public static PairSettings Aes256 { get; } = new(TlsCipherSuite.TLS_AES_256_GCM_SHA384, BenchmarkCertificates.Ecdsa);

    public static PairSettings ChaCha20 { get; } = new(TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, BenchmarkCertificates.Ecdsa);
}
