using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace TlsFsm.AspNetCore;

/// <summary>What the handshake settled, in ASP.NET Core's words and in our own.</summary>
internal sealed class TlsFsmFeature(TlsConnection connection)
    : ITlsFsmFeature, ITlsConnectionFeature, ITlsHandshakeFeature, ITlsApplicationProtocolFeature
{
    public TlsConnection Connection => connection;

    public TlsSessionInfo Session { get; } = connection.Session!;

    /// <summary>As <c>HttpContext.Connection.ClientCertificate</c>; a middleware may put another one there.</summary>
    public X509Certificate2? ClientCertificate { get; set; } = connection.Session!.PeerCertificate;

    public ReadOnlyMemory<byte> ApplicationProtocol => Session.ApplicationProtocol.Protocol;

    public SslProtocols Protocol => Session.Protocol;

    public TlsCipherSuite? NegotiatedCipherSuite => Session.CipherSuite;

    public string HostName => Session.ServerName ?? "";

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

    public Task<byte[]> ExportKeyingMaterialAsync(string label, byte[]? context, int length) =>
        AskAsync(() => connection.ExportKeyingMaterial(label, context, length));

    public Task<byte[]?> GetChannelBindingAsync(TlsChannelBinding kind) => AskAsync(() => connection.GetChannelBinding(kind));

    private Task<T> AskAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Loop.CallSoon(
            _ =>
            {
                try
                {
                    answer.SetResult(question());
                }
                catch (Exception exception)
                {
                    answer.SetException(exception);
                }
            },
            null);
        return answer.Task;
    }
}
