using System.Net.Security;
using System.Security.Authentication;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>SslStream's options, made once and used for all connections, which is the best that it offers.</summary>
internal sealed class SslStreamOptions
{
    public SslStreamOptions(PairSettings settings)
    {
        // AES-256 is its own first choice, and without a policy it keeps its OpenSSL contexts from one handshake to the next. On
        // Windows there is no policy: another suite would be refused by the check of what was negotiated.
#pragma warning disable CA1416
        var suites = OperatingSystem.IsWindows() || settings.Suite == TlsCipherSuite.TLS_AES_256_GCM_SHA384
            ? null : new CipherSuitesPolicy([settings.Suite]);
#pragma warning restore CA1416
        Client = new SslClientAuthenticationOptions
        {
            TargetHost = BenchmarkCertificates.Host,
            EnabledSslProtocols = SslProtocols.Tls13,
            CipherSuitesPolicy = suites,
            AllowTlsResume = settings.Resumes,
            CertificateChainPolicy = BenchmarkCertificates.Policy(),
        };
        Server = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(
                settings.Credential.Certificate, [.. settings.Credential.Intermediates], offline: true),
            EnabledSslProtocols = SslProtocols.Tls13,
            CipherSuitesPolicy = suites,
            AllowTlsResume = settings.Resumes,
        };
    }

    public SslClientAuthenticationOptions Client { get; }

    public SslServerAuthenticationOptions Server { get; }
}
