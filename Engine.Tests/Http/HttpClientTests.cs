using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using TlsFsm.Tests.AspNetCore;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Http;

/// <summary>HttpClient whose TLS is ours, and Kestrel with .NET's own TLS.</summary>
[CancelAfter(60_000)]
public sealed class HttpClientTests
{
    private static readonly TlsClientOptions Options = new() { Verification = TestCertificates.Verification };

    [Test]
    public async Task Requests_go_over_our_TLS_and_share_connections()
    {
        await using var host = await StartAsync();
        using var client = Client();

        var first = await client.GetStringAsync($"https://localhost:{host.Port}/");
        for (var i = 0; i < 20; i++)
            Assert.That(await client.GetStringAsync($"https://localhost:{host.Port}/"), Is.EqualTo(first));

        // Protocol, name, and whose connection it was: one and the same.
        Assert.That(first, Does.StartWith("HTTP/1.1 localhost "));
    }

    [Test]
    public async Task Megabytes_go_both_ways()
    {
        await using var host = await StartAsync();
        using var client = Client();
        var sent = SocketPair.Pattern(3_000_000);

        using var answer = await client.PostAsync($"https://localhost:{host.Port}/echo", new ByteArrayContent(sent));

        Assert.That((await answer.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(sent), Is.True);
    }

    [Test]
    public async Task A_blocking_request_works_too()
    {
        await using var host = await StartAsync();
        using var client = Client();

        using var answer = await Task.Run(
            () => client.Send(new HttpRequestMessage(HttpMethod.Get, $"https://localhost:{host.Port}/")));
        using var reader = new StreamReader(answer.Content.ReadAsStream());

        Assert.That(await Task.Run(reader.ReadToEnd), Does.StartWith("HTTP/1.1 localhost "));
    }

    [Test]
    public async Task Many_at_a_time_are_served()
    {
        await using var host = await StartAsync();
        using var client = Client(Options with { SessionCache = new MemorySessionCache() });

        var all = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.GetStringAsync($"https://localhost:{host.Port}/")));

        Assert.That(all, Is.All.StartsWith("HTTP/1.1 localhost "));
    }

    [Test]
    public async Task A_server_that_is_somebody_else_is_refused_by_its_certificate()
    {
        await using var host = await StartAsync();
        using var client = Client(Options with { TargetHost = "elsewhere.example" });

        var failure = Assert.CatchAsync<HttpRequestException>(() => client.GetStringAsync($"https://localhost:{host.Port}/"))!;

        Assert.That(failure.InnerException, Is.InstanceOf<TlsCertificateException>());
    }

    [Test]
    public async Task HTTP_2_is_spoken_where_a_request_asks_for_it_and_the_server_can()
    {
        await using var host = await StartAsync();
        await using var old = await StartAsync(HttpProtocols.Http1);
        using var client = Client();
        var sent = SocketPair.Pattern(1_000_000);

        using var second = await client.SendAsync(Request(host, HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact));
        using var higher = await client.SendAsync(Request(host, HttpVersion.Version11, HttpVersionPolicy.RequestVersionOrHigher));
        using var first = await client.SendAsync(Request(host, HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact));
        using var lower = await client.SendAsync(Request(old, HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower));
        using var echo = await client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, $"https://localhost:{host.Port}/echo")
            {
                Version = HttpVersion.Version20, Content = new ByteArrayContent(sent),
            });

        Assert.That(
            new[] { second, higher, first, lower, echo }.Select(answer => answer.Version.Major), Is.EqualTo(new[] { 2, 2, 1, 1, 2 }));
        Assert.That(await second.Content.ReadAsStringAsync(), Does.StartWith("HTTP/2 localhost "));
        Assert.That((await echo.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(sent), Is.True);
        Assert.That(
            () => client.SendAsync(Request(old, HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact)),
            Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task HTTP_2_is_not_offered_where_the_options_say_so()
    {
        await using var host = await StartAsync();
        using var client = Client(Options with { ApplicationProtocols = [SslApplicationProtocol.Http11] });

        using var lower = await client.SendAsync(Request(host, HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower));

        Assert.That(lower.Version, Is.EqualTo(HttpVersion.Version11));
        Assert.That(
            () => new SocketsHttpHandler().UseTlsFsm(Options with { ApplicationProtocols = [new("irc")] }),
            Throws.ArgumentException.With.Message.Contains("'irc'"));
    }

    [Test]
    public async Task A_web_socket_goes_over_our_TLS_at_both_ends()
    {
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(new TlsServerOptions { Credential = TestCertificates.Server }),
            app =>
            {
                app.UseWebSockets();
                app.Map("/", async (HttpContext context) =>
                {
                    using var socket = await context.WebSockets.AcceptWebSocketAsync();
                    var buffer = new byte[100];
                    var got = await socket.ReceiveAsync(buffer, CancellationToken.None);
                    await socket.SendAsync(buffer.AsMemory(0, got.Count), WebSocketMessageType.Text, true, CancellationToken.None);
                    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                });
            });
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler().UseTlsFsm(Options));
        using var client = new ClientWebSocket();

        await client.ConnectAsync(new Uri($"wss://localhost:{host.Port}/"), invoker, CancellationToken.None).WaitAsync(Wait.Limit);
        await client.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        var answer = new byte[100];
        var received = await client.ReceiveAsync(answer, CancellationToken.None).WaitAsync(Wait.Limit);

        Assert.That(answer.AsSpan(0, received.Count).SequenceEqual("ping"u8), Is.True);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).WaitAsync(Wait.Limit);
    }

    [Test]
    public async Task A_request_without_TLS_goes_as_before()
    {
        await using var host = await TestHost.StartAsync(_ => { }, app => app.MapGet("/", (HttpContext context) => context.Request.Scheme));
        using var client = Client();

        Assert.That(await client.GetStringAsync($"http://localhost:{host.Port}/"), Is.EqualTo("http"));
    }

    [Test]
    public void A_wrong_use_is_told_at_once()
    {
        var taken = new SocketsHttpHandler { ConnectCallback = (_, _) => throw new NotSupportedException() };

        Assert.That(() => taken.UseTlsFsm(Options), Throws.ArgumentException.With.Message.Contains("ConnectCallback"));
        Assert.That(() => new SocketsHttpHandler().UseTlsFsm(null!), Throws.ArgumentNullException);
        Assert.That(
            () => new SocketsHttpHandler().UseTlsFsm(Options with { EnabledProtocols = System.Security.Authentication.SslProtocols.None }),
            Throws.ArgumentException);
    }

    [Test]
    public async Task What_is_below_may_be_the_callers()
    {
        await using var host = await StartAsync();
        var asked = new List<string>();
        using var handler = new SocketsHttpHandler().UseTlsFsm(Options, connect: async (endPoint, cancellation) =>
        {
            asked.Add($"{endPoint.Host}:{endPoint.Port}");
            var socket = new System.Net.Sockets.TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, host.Port, cancellation);
            return socket.GetStream();
        });
        using var client = new HttpClient(handler);

        Assert.That(await client.GetStringAsync("https://localhost/"), Does.StartWith("HTTP/1.1 localhost "));
        Assert.That(asked, Is.EqualTo(new[] { "localhost:443" }));
    }

    [Test]
    public void What_the_caller_throws_below_is_the_requests_failure()
    {
        using var handler = new SocketsHttpHandler().UseTlsFsm(Options, connect: (_, _) => throw new TimeZoneNotFoundException("broken"));
        using var client = new HttpClient(handler);

        var failure = Assert.CatchAsync<Exception>(() => client.GetStringAsync("https://localhost/"))!;

        Assert.That(failure.ToString(), Does.Contain("broken"));
    }

    [Test]
    public async Task A_client_certificate_is_presented()
    {
        await using var host = await TestHost.StartAsync(
            listen => listen.UseHttps(https =>
            {
                https.ServerCertificate = TestCertificates.Server.Certificate;
                https.ServerCertificateChain = [.. TestCertificates.Server.Intermediates];
                https.ClientCertificateMode = Microsoft.AspNetCore.Server.Kestrel.Https.ClientCertificateMode.RequireCertificate;
                https.AllowAnyClientCertificate();
            }),
            app => app.MapGet("/", (HttpContext context) => context.Connection.ClientCertificate!.Thumbprint));
        using var client = Client(Options with { Credential = TestCertificates.Client });

        Assert.That(
            await client.GetStringAsync($"https://localhost:{host.Port}/"), Is.EqualTo(TestCertificates.Client.Certificate.Thumbprint));
    }

    private static HttpRequestMessage Request(TestHost host, Version version, HttpVersionPolicy policy) =>
        new(HttpMethod.Get, $"https://localhost:{host.Port}/") { Version = version, VersionPolicy = policy };

    internal static HttpClient Client(TlsClientOptions? options = null) => new(new SocketsHttpHandler().UseTlsFsm(options ?? Options));

    /// <summary>.NET's own TLS at the other end: a second one in ours would not get through.</summary>
    internal static Task<TestHost> StartAsync(HttpProtocols protocols = HttpProtocols.Http1AndHttp2) => TestHost.StartAsync(
        listen =>
        {
            listen.Protocols = protocols;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = TestCertificates.Server.Certificate;
                https.ServerCertificateChain = [.. TestCertificates.Server.Intermediates];
            });
        },
        app =>
        {
            app.MapGet("/", (HttpContext context) =>
                $"{context.Request.Protocol} {context.Request.Host.Host} {context.Connection.Id}");
            app.MapPost("/echo", async (HttpContext context) =>
            {
                // All of it first: HttpClient reads nothing of an answer before it has sent such a body.
                using var all = new MemoryStream();
                await context.Request.Body.CopyToAsync(all);
                context.Response.ContentLength = all.Length;
                await context.Response.Body.WriteAsync(all.GetBuffer().AsMemory(0, (int)all.Length));
            });
        });
}
