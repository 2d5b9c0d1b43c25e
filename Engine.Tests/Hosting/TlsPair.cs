using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>Two of our own TLS streams with pipes between them.</summary>
internal sealed record TlsPair(TlsStream Client, TlsStream Server)
{
    public static TlsServerOptions ServerOptions(SslProtocols versions) =>
        new() { Credential = TestCertificates.Server, EnabledProtocols = versions };

    public static TlsClientOptions ClientOptions(SslProtocols versions) => new()
    {
        TargetHost = TestCertificates.Host,
        Verification = TestCertificates.Verification,
        EnabledProtocols = versions,
    };

    /// <param name="versions">Both may speak these.</param>
    /// <param name="pipes">What is between them: the client has the peer's end.</param>
    public static async Task<TlsPair> OpenAsync(SslProtocols versions, PipePair pipes)
    {
        var serving = TlsServer.OpenStreamAsync(pipes.Ours, ServerOptions(versions));
        var client = await TlsClient.OpenStreamAsync(pipes.Peer, ClientOptions(versions)).WaitAsync(Wait.Limit);
        return new TlsPair(client, await serving.WaitAsync(Wait.Limit));
    }
}
