using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Samples.Gateway;
using TlsFsm.Tests.AspNetCore;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Samples;

/// <summary>A reverse proxy over our TLS on both sides.</summary>
[CancelAfter(120_000)]
public sealed class GatewayTests
{
    private readonly FakeTimeProvider _clock = new();

    [Test]
    public async Task Names_lead_to_servers_certificates_are_handed_on_and_all_of_it_changes_while_it_runs()
    {
        await using var one = await BackendAsync("one");
        await using var two = await BackendAsync("two");
        var folder = Directory.CreateTempSubdirectory("tlsfsm-gateway-").FullName;
        try
        {
            Write(folder, TestCertificates.ServerFor("one.example"));
            await using var gateway = Gateway(folder, one, two);
            await gateway.StartAsync().WaitAsync(Wait.Limit);
            var port = new Uri(
                gateway.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
            using var nobody = Client(port, null);
            using var somebody = Client(port, TestCertificates.Client);

            // By name, and with who the client is; what a client says of itself is not handed on.
            Assert.That(await AskAsync(nobody, "one.example"), Is.EqualTo("one "));
            Assert.That(await AskAsync(nobody, "two.example"), Is.EqualTo("two "));
            Assert.That(
                await AskAsync(somebody, "one.example"),
                Is.EqualTo($"one :{Convert.ToBase64String(TestCertificates.Client.Certificate.RawData)}:"));

            // A route that configuration changes.
            var root = (IConfigurationRoot)gateway.Services.GetRequiredService<IConfiguration>();
            root["ReverseProxy:Routes:one:ClusterId"] = "two";
            root.Reload();
            using var limit = new CancellationTokenSource(Wait.Limit);
            while (await AskAsync(nobody, "one.example") != "two ")
                await Task.Delay(10, limit.Token);

            // A certificate that is renewed.
            var renewed = TestCertificates.Wildcard;
            Write(folder, renewed);
            _clock.Advance(TimeSpan.FromMinutes(1));
            var options = OurClient.Options(protocols: "http/1.1") with { TargetHost = "one.example", Verification = Any };
            await using var stream = await OurClient.OpenAsync(port, options);
            Assert.That(stream.Connection.Session!.PeerCertificate, Is.EqualTo(renewed.Certificate));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static CertificateVerification Any => CertificateVerification.DangerousAcceptAny;

    private WebApplication Gateway(string folder, TestHost one, TestHost two)
    {
        var other = PemFiles.Of(TestCertificates.ServerFor("two.example"));
        return GatewayApp.Create(
            new TlsClientOptions { Verification = TestCertificates.Verification, SessionCache = new MemorySessionCache() },
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(_clock);
                builder.Logging.ClearProviders();
                builder.Configuration.Sources.Clear();
                builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
                {
                    ["Kestrel:Endpoints:Web:Url"] = "https://127.0.0.1:0",
                    ["Kestrel:Endpoints:Web:TlsFsm:Sni:one.example:Path"] = Path.Combine(folder, "one.pem"),
                    ["Kestrel:Endpoints:Web:TlsFsm:Sni:one.example:KeyPath"] = Path.Combine(folder, "one-key.pem"),
                    ["Kestrel:Endpoints:Web:TlsFsm:Sni:two.example:Path"] = other.Chain,
                    ["Kestrel:Endpoints:Web:TlsFsm:Sni:two.example:KeyPath"] = other.Key,
                    ["Kestrel:Endpoints:Web:TlsFsm:ClientCertificateMode"] = "Request",
                    ["Kestrel:Endpoints:Web:TlsFsm:ClientCertificateRoots:0"] = PemFiles.Root,
                    ["ReverseProxy:Routes:one:ClusterId"] = "one",
                    ["ReverseProxy:Routes:one:Match:Hosts:0"] = "one.example",
                    ["ReverseProxy:Routes:two:ClusterId"] = "two",
                    ["ReverseProxy:Routes:two:Match:Hosts:0"] = "two.example",
                    ["ReverseProxy:Clusters:one:Destinations:a:Address"] = $"https://localhost:{one.Port}",
                    ["ReverseProxy:Clusters:two:Destinations:a:Address"] = $"https://localhost:{two.Port}",
                });
            });
    }

    private static Task<TestHost> BackendAsync(string name) => TestHost.StartAsync(
        listen => listen.UseTlsFsm(new TlsServerOptions { Credential = TestCertificates.Server }),
        app => app.MapGet("/", (HttpContext context) => $"{name} {context.Request.Headers[GatewayApp.ClientCertificate]}"));

    private static HttpClient Client(int port, TlsCredential? credential) => new(new SocketsHttpHandler().UseTlsFsm(
        new TlsClientOptions { Verification = TestCertificates.Verification, Credential = credential },
        connect: async (_, cancellation) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }));

    private static async Task<string> AskAsync(HttpClient client, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{host}/");
        request.Headers.Add(GatewayApp.ClientCertificate, ":bGllcw==:");
        using var answer = await client.SendAsync(request).WaitAsync(Wait.Limit);
        return await answer.Content.ReadAsStringAsync();
    }

    private static void Write(string folder, TlsCredential credential)
    {
        File.WriteAllText(Path.Combine(folder, "one.pem"), TestCertificates.ChainPem(credential));
        File.WriteAllText(Path.Combine(folder, "one-key.pem"), TestCertificates.KeyPem(credential));
    }
}
