using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace TlsFsm.Samples.Kestrel;

/// <summary>What the handshake settled, in ASP.NET Core's words.</summary>
internal sealed class TlsFsmFeature(TlsSessionInfo session) : ITlsConnectionFeature, ITlsHandshakeFeature, ITlsApplicationProtocolFeature
{
    /// <summary>As <c>HttpContext.Connection.ClientCertificate</c>; a middleware may put another one there.</summary>
    public X509Certificate2? ClientCertificate { get; set; } = session.PeerCertificate;

    public ReadOnlyMemory<byte> ApplicationProtocol => session.ApplicationProtocol.Protocol;

    public SslProtocols Protocol => session.Protocol;

    public TlsCipherSuite? NegotiatedCipherSuite => session.CipherSuite;

    public string HostName => session.ServerName ?? "";

    // What follows cannot tell today's suites apart and is obsolete; the suite itself says all.
#pragma warning disable SYSLIB0058
    public CipherAlgorithmType CipherAlgorithm => CipherAlgorithmType.None;

    public int CipherStrength => 0;

    public HashAlgorithmType HashAlgorithm => HashAlgorithmType.None;

    public int HashStrength => 0;

    public ExchangeAlgorithmType KeyExchangeAlgorithm => ExchangeAlgorithmType.None;

    public int KeyExchangeStrength => 0;
#pragma warning restore SYSLIB0058

    /// <summary>
    /// There is no renegotiation: a certificate comes in the handshake, as the server's options ask for it, or not at all.
    /// </summary>
    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
}
