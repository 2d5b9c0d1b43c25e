using System.Net;
using FleetServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using TlsFsm.Samples.Gateway;
using TlsFsm.Samples.Kestrel;
using TlsFsm.Samples.Observability;
using TlsFsm.Samples.SmtpStartTls;
using TlsFsm.Tests.AspNetCore;
using TlsFsm.Tests.Cli;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Samples;

/// <summary>
/// The sample servers bear what a listener bears: more clients than there are places, who are silent, stop inside of their ClientHello, or
/// send what nobody asked for and read nothing. Who comes after them is served while they are still there.
/// </summary>
[CancelAfter(120_000)]
public sealed class HostileClientsTests
{
    private static readonly byte[] HalfHello = [0x16, 3, 1, 1, 0, 1, 0, 0, 0xfc, 3, 3, 1, 2, 3, 4];

    private static readonly TlsServerOptions Options = new() { Credential = TestCertificates.Server };

    [Test]
    public async Task The_echo_that_is_observed_serves_whoever_comes_after_them()
    {
        var listening = new TlsListenerOptions { MaxHandshakes = 4, HandshakeGrace = TimeSpan.Zero };
        await using var server = new ObservedServer(Options, Loopback.FreePort(), listening);
        await using var crowd = await HostileCrowd.ComeAsync(server.Listener.LocalEndPoint.Port, HalfHello, HalfHello);

        await using var stream = await TlsClient.OpenStreamAsync(
            "127.0.0.1", server.Listener.LocalEndPoint.Port, TestServer.ClientOptions).WaitAsync(Wait.Limit);
        await stream.WriteAsync("hello"u8.ToArray());
        var answer = new byte[5];
        await stream.ReadExactlyAsync(answer).AsTask().WaitAsync(Wait.Limit);

        Assert.That(answer, Is.EqualTo("hello"u8.ToArray()));
    }

    [Test]
    public async Task A_server_of_the_fleet_serves_and_resumes_whoever_comes_after_them()
    {
        var listening = new TlsListenerOptions { MaxHandshakes = 4, HandshakeGrace = TimeSpan.Zero };
        await using var server = FleetListener.Start(Options, listening);
        await using var crowd = await HostileCrowd.ComeAsync(server.LocalEndPoint.Port, HalfHello, HalfHello);
        var client = TestServer.ClientOptions with { SessionCache = new MemorySessionCache() };

        var answers = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            await using var stream = await TlsClient.OpenStreamAsync("127.0.0.1", server.LocalEndPoint.Port, client).WaitAsync(Wait.Limit);
            using var reader = new StreamReader(stream);
            answers.Add(await reader.ReadToEndAsync().WaitAsync(Wait.Limit));
        }

        Assert.That(answers, Is.EqualTo(new[] { "new\n", "resumed\n" }));
    }

    [Test]
    public async Task The_mail_server_takes_the_mail_of_whoever_comes_after_them()
    {
        using var files = new PemFolder();
        using var output = new CapturedText();
        await using var server = SmtpServer.Start(
            new IPEndPoint(IPAddress.Loopback, 0), TlsCredential.FromPemFiles(files.Certificate, files.Key), output, maxSessions: 4);
        await using var crowd = await HostileCrowd.ComeAsync(
            server.LocalEndPoint.Port, [.. "EHLO me\r\nSTARTTLS\r\n"u8], [.. "NOOP\r\n"u8]);

        using var said = new CapturedText();
        var exitCode = 1;
        using var patience = new CancellationTokenSource(Wait.Limit);

        // Where a whole crowd has come at once a client is turned away; it comes again, as mail does.
        while (exitCode != 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            exitCode = await SmtpCommand.RunAsync(
                ["send", "localhost", $"{server.LocalEndPoint.Port}", files.Root, "a@client.example", "b@server.example"],
                new StringReader("hello\n"), said).WaitAsync(Wait.Limit);
        }

        await output.WaitForAsync("mail from a@client.example to b@server.example: hello");
    }

    [Test]
    public async Task Kestrel_serves_whoever_comes_after_them()
    {
        await using var app = KestrelApp.Create(
            new IPEndPoint(IPAddress.Loopback, 0), Options, builder => builder.Logging.ClearProviders());
        await app.StartAsync().WaitAsync(Wait.Limit);
        await using var crowd = await HostileCrowd.ComeAsync(KestrelApp.PortOf(app), HalfHello, HalfHello);

        Assert.That(await AskAsync(KestrelApp.PortOf(app)), Does.StartWith("HTTP/1.1 200 "));
    }

    [Test]
    public async Task The_gateway_answers_whoever_comes_after_them()
    {
        var files = PemFiles.Of(TestCertificates.Server);
        await using var gateway = GatewayApp.Create(
            new TlsClientOptions { Verification = TestCertificates.Verification },
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Configuration.Sources.Clear();
                builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
                {
                    ["Kestrel:Endpoints:Web:Url"] = "https://127.0.0.1:0",
                    ["Kestrel:Endpoints:Web:TlsFsm:Sni:localhost:Path"] = files.Chain,
                    ["Kestrel:Endpoints:Web:TlsFsm:Sni:localhost:KeyPath"] = files.Key,
                });
            });
        await gateway.StartAsync().WaitAsync(Wait.Limit);
        await using var crowd = await HostileCrowd.ComeAsync(KestrelApp.PortOf(gateway), HalfHello, HalfHello);

        Assert.That(await AskAsync(KestrelApp.PortOf(gateway)), Does.StartWith("HTTP/1.1 404 "), "no route leads anywhere");
    }

    private static async Task<string> AskAsync(int port)
    {
        await using var stream = await OurClient.OpenAsync(port, OurClient.Options(protocols: "http/1.1"));
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        return await stream.ReadUntilOrEndAsync("\r\n\r\n");
    }
}
