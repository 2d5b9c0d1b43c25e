using System.Net;
using System.Net.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using TlsFsm.AspNetCore;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Docs;

/// <summary>What <c>docs/kestrel.md</c> and <c>docs/httpclient.md</c> show, compiled and run.</summary>
[CancelAfter(60_000)]
internal sealed class KestrelSnippets
{
    private static PemFiles Files => PemFiles.Of(TestCertificates.Server);

    [Test]
    public async Task A_server_by_code_and_a_client()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var (chain, key) = (Files.Chain, Files.Key);

        // begin kestrel-warm
        builder.Services.AddTlsFsmWarmUp();     // a handshake in memory before the server listens
        // end kestrel-warm

        // begin kestrel-code
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0, listen =>
            listen.UseTlsFsm(settings =>
            {
                settings.Certificate = new TlsFsmCertificateSettings { Path = chain, KeyPath = key };
                settings.Adjust = options => options with { Policy = TlsPolicy.Modern };
            })));
        // end kestrel-code

        await using var app = builder.Build();

        // begin kestrel-feature
        app.MapGet("/", async (HttpContext context) =>
        {
            var tls = context.Features.GetRequiredFeature<ITlsFsmFeature>();
            var binding = await tls.GetChannelBindingAsync(TlsChannelBinding.TlsExporter);
            return $"{tls.Session.Protocol} {tls.Session.CipherSuite} {Convert.ToHexString(binding!)}";
        });
        // end kestrel-feature

        await app.StartAsync();
        var port = PortOf(app);
        var trust = TestCertificates.Verification;

        // begin httpclient
        using var handler = new SocketsHttpHandler().UseTlsFsm(
            new TlsClientOptions { Verification = trust, SessionCache = new MemorySessionCache() });
        using var client = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20 };

        var answer = await client.GetStringAsync($"https://localhost:{port}/");
        // end httpclient

        Assert.That(answer, Does.StartWith("Tls13 TLS_"));
    }

    [Test]
    public async Task Settings_by_name()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var (chain, key) = (Files.Chain, Files.Key);

        // begin kestrel-named
        builder.Services.AddTlsFsm("inner", settings =>
            settings.Certificate = new TlsFsmCertificateSettings { Path = chain, KeyPath = key });
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port: 0, listen => listen.UseTlsFsmNamed("inner")));
        // end kestrel-named

        await using var app = builder.Build();
        await app.StartAsync();
        await using var client = await OurClient.OpenAsync(PortOf(app), OurClient.Options());
        Assert.That(client.Connection.Session!.PeerCertificate, Is.EqualTo(TestCertificates.Server.Certificate));
    }

    [Test]
    public async Task A_choice_by_the_clients_first_message_and_what_is_no_HTTP()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var credential = TestCertificates.Server;

        // begin kestrel-choice
        var options = new TlsServerOptions { Credential = credential };
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0, listen =>
        {
            listen.Protocols = HttpProtocols.None;
            listen.UseTlsFsm((connection, hello, cancellationToken) =>
                ValueTask.FromResult(hello.ServerName == "localhost" ? options : throw new InvalidOperationException("Nobody is here.")));
            listen.Run(async connection =>
            {
                await connection.Transport.Output.WriteAsync("hello"u8.ToArray());
                await connection.Transport.Output.CompleteAsync();
            });
        }));
        // end kestrel-choice

        await using var app = builder.Build();
        await app.StartAsync();
        await using var client = await OurClient.OpenAsync(PortOf(app), OurClient.Options());
        var said = new byte[5];
        await client.ReadExactlyAsync(said).AsTask().WaitAsync(Wait.Limit);
        Assert.That(said, Is.EqualTo("hello"u8.ToArray()));
    }

    private static int PortOf(WebApplication app) =>
        new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
}
