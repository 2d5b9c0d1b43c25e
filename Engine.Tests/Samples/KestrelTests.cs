using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using TlsFsm.Samples.Kestrel;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Samples;

/// <summary>ASP.NET Core's Kestrel over our TLS, against curl, .NET's HttpClient, and a client of our own.</summary>
[CancelAfter(60_000)]
public sealed class KestrelTests
{
    private static readonly byte[] Large = SocketPair.Pattern(6 * 1024 * 1024);

    [TestCase("--http1.1", "HTTP/1.1", "--tlsv1.3", "Tls13")]
    [TestCase("--http2", "HTTP/2", "--tlsv1.3", "Tls13")]
    [TestCase("--http1.1", "HTTP/1.1", "--tls-max 1.2", "Tls12")]
    [TestCase("--http2", "HTTP/2", "--tls-max 1.2", "Tls12")]
    public async Task Curl_gets_a_page_by_the_protocol_that_ALPN_agrees_on(string http, string protocol, string tls, string version)
    {
        ExternalTool.Require("curl");
        await using var app = await RunningApp.StartAsync();

        var (exitCode, output, errors) = await ExternalTool.RunAsync("curl", "", [.. Arguments(app, "/"), http, .. tls.Split(' ')]);

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(output, Is.EqualTo($"{protocol} https {version} localhost nobody\n"));
    }

    [TestCase("--http1.1")]
    [TestCase("--http2")]
    public async Task Curl_uploads_and_downloads_eight_MiB_at_once(string http)
    {
        ExternalTool.Require("curl");
        await using var app = await RunningApp.StartAsync();

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "curl", LargeText.Text, [.. Arguments(app, "/echo"), http, "--data-binary", "@-", "--header", "Expect:"]);

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(output == LargeText.Text, $"All came back, in order; {output.Length} characters did.");
    }

    [Test]
    public async Task Curl_presents_a_certificate_and_the_application_sees_it()
    {
        ExternalTool.Require("curl");
        await using var app = await RunningApp.StartAsync(ClientCertificateMode.Require);
        var files = PemFiles.Of(TestCertificates.Client);

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "curl", "", [.. Arguments(app, "/"), "--cert", files.Chain, "--key", files.Key]);

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(output, Does.EndWith($" localhost {TestCertificates.Client.Certificate.Subject}\n"));
    }

    [TestCase(1, "HTTP/1.1")]
    [TestCase(2, "HTTP/2")]
    public async Task HttpClient_uploads_and_downloads_megabytes_several_times_at_once(int major, string protocol)
    {
        await using var app = await RunningApp.StartAsync();
        using var client = Client(app, new Version(major, major == 1 ? 1 : 0));
        Assert.That(await client.GetStringAsync("/").WaitAsync(Wait.Limit), Does.StartWith(protocol + " https "));

        var uploads = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => UploadAsync(client)));
        var downloads = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => client.GetByteArrayAsync($"/bytes/{Large.Length}")));

        Assert.That(await uploads.WaitAsync(Wait.Limit), Is.All.EqualTo(Convert.ToHexString(SHA256.HashData(Large))));
        var expected = Enumerable.Range(0, Large.Length).Select(i => (byte)(i / (16 * 1024))).ToArray();
        Assert.That((await downloads.WaitAsync(Wait.Limit)).All(one => one.AsSpan().SequenceEqual(expected)), Is.True);
    }

    [Test]
    public async Task HttpClient_is_echoed_megabytes_while_it_still_sends_them()
    {
        await using var app = await RunningApp.StartAsync();
        using var client = Client(app, HttpVersion.Version20);

        var echoes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => EchoAsync(client))).WaitAsync(Wait.Limit);

        Assert.That(echoes.All(echo => echo.AsSpan().SequenceEqual(Large)), Is.True);
    }

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public async Task HttpClient_presents_a_certificate_and_the_application_sees_it(SslProtocols version)
    {
        await using var app = await RunningApp.StartAsync(ClientCertificateMode.Request);
        using var client = Client(app, HttpVersion.Version20, version, TestCertificates.Client);

        var answer = await client.GetStringAsync("/").WaitAsync(Wait.Limit);

        Assert.That(answer, Is.EqualTo($"HTTP/2 https {version} localhost {TestCertificates.Client.Certificate.Subject}\n"));
    }

    [Test]
    public async Task The_end_is_in_order_and_its_close_notify_comes_after_the_whole_answer()
    {
        await using var app = await RunningApp.StartAsync();
        await using var stream = await OurClient.OpenAsync(app.Port, OurClient.Options(protocols: "http/1.1"));

        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var answer = await stream.ReadUntilOrEndAsync("no such text");
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        Assert.That(answer, Does.Contain("HTTP/1.1 https Tls13 localhost nobody\n"));
        Assert.That(stream.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test]
    public async Task A_client_that_is_refused_hears_the_alert_and_the_server_goes_on()
    {
        await using var app = await RunningApp.StartAsync(ClientCertificateMode.Require);

        var failure = await OurClient.FailOrReadFailureAsync(OurClient.OpenAsync(app.Port, OurClient.Options()));
        using (var plain = new TcpClient())
        {
            await plain.ConnectAsync(IPAddress.Loopback, app.Port);
            await plain.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
            await plain.GetStream().ReadToEndAsync();
        }

        using var client = Client(app, HttpVersion.Version11, credential: TestCertificates.Client);
        Assert.That(await client.GetStringAsync("/").WaitAsync(Wait.Limit), Does.StartWith("HTTP/1.1 https "));
        Assert.That((failure.Fault, failure.Alert), Is.EqualTo((TlsFault.PeerAlert, TlsAlert.CertificateRequired)));
    }

    [Test]
    public async Task A_client_that_vanishes_in_the_middle_costs_nothing_but_its_own_request()
    {
        await using var app = await RunningApp.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            // Given a client that takes the beginning of a large answer, and is gone.
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, app.Port);
            await using var stream = await OurClient.OpenAsync(socket, OurClient.Options(protocols: "http/1.1"));
            await stream.WriteAsync("GET /bytes/100000000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await stream.ReadExactlyAsync(10_000);
            await stream.Connection.Loop.Run(() => stream.Connection.Transport.Abort());
        }

        using var client = Client(app, HttpVersion.Version11);
        Assert.That(await client.GetStringAsync("/").WaitAsync(Wait.Limit), Does.StartWith("HTTP/1.1 https "));
    }

    [Test]
    public async Task A_server_that_stops_ends_idle_connections_in_order()
    {
        await using var app = await RunningApp.StartAsync();
        await using var stream = await OurClient.OpenAsync(app.Port, OurClient.Options(protocols: "http/1.1"));
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await stream.ReadUntilAsync("\r\n0\r\n\r\n");

        var reading = stream.ReadAsync(new byte[1]).AsTask();
        await app.StopAsync();

        Assert.That(await reading.WaitAsync(Wait.Limit), Is.Zero, "close_notify came");
    }

    private static async Task<byte[]> EchoAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo")
        {
            Content = new DuplexContent(Large),
            Version = client.DefaultRequestVersion,
            VersionPolicy = client.DefaultVersionPolicy,
        };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private static async Task<string> UploadAsync(HttpClient client)
    {
        using var answer = await client.PostAsync("/digest", new ByteArrayContent(Large));
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync();
    }

    private static HttpClient Client(
        RunningApp app, Version version, SslProtocols versions = SslProtocols.None, TlsCredential? credential = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(TestCertificates.Root);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                TargetHost = TestCertificates.Host,
                EnabledSslProtocols = versions,
                CertificateChainPolicy = policy,
                AllowTlsResume = false,
                ClientCertificateContext = credential is null
                    ? null
                    : SslStreamCertificateContext.Create(credential.Certificate, credential.Intermediates, offline: true),
            },
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, app.Port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler)
        {
            BaseAddress = new Uri($"https://{TestCertificates.Host}:{app.Port}"),
            DefaultRequestVersion = version,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    private static string[] Arguments(RunningApp app, string path) =>
    [
        "--silent", "--show-error", "--max-time", $"{ExternalTool.Patience.TotalSeconds}", "--noproxy", "*", "--cacert", PemFiles.Root,
        "--resolve", $"{TestCertificates.Host}:{app.Port}:127.0.0.1", $"https://{TestCertificates.Host}:{app.Port}{path}",
    ];

    /// <summary>The platform's own contents are sent in full before the answer is read; one that it does not know is not.</summary>
    private sealed class DuplexContent(byte[] data) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(data).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = data.Length;
            return true;
        }
    }

    private sealed class RunningApp(WebApplication app, Warnings log) : IAsyncDisposable
    {
        public int Port => KestrelApp.PortOf(app);

        public static async Task<RunningApp> StartAsync(ClientCertificateMode mode = ClientCertificateMode.None)
        {
            var log = new Warnings();
            var options = new TlsServerOptions
            {
                Credential = TestCertificates.Server,
                ClientCertificates = mode,
                ClientVerification = TestCertificates.Verification,
            };
            var app = KestrelApp.Create(
                new IPEndPoint(IPAddress.Loopback, 0), options, builder => builder.Logging.ClearProviders().AddProvider(log));
            await app.StartAsync().WaitAsync(Wait.Limit);
            return new RunningApp(app, log);
        }

        public Task StopAsync() => app.StopAsync().WaitAsync(Wait.Limit);

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            await app.DisposeAsync();
            Assert.That(log.Lines, Is.Empty, "Nothing went wrong in the server.");
        }
    }

    /// <summary>What the server warns of.</summary>
    private sealed class Warnings : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Lines.Enqueue($"{formatter(state, exception)} {exception}");
        }

        public void Dispose() { }
    }
}
