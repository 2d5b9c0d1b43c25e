using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.AspNetCore;

/// <summary>
/// Cases that Kestrel's own tests of its HTTPS middleware speak of (HttpsTests, HttpsConnectionMiddlewareTests), as they are here: clients
/// that fail and go in every way without an error in the log, certificates of clients, choices by name. Their cases of ALPN, of the
/// handshake's deadline and details, of the certificate from files and by a callback are in <see cref="UseTlsFsmTests"/>, those of
/// configuration in <see cref="ConfigurationTests"/>.
/// </summary>
[CancelAfter(60_000)]
public sealed class HttpsMiddlewareCasesTests
{
    private static readonly TlsServerOptions Options = new() { Credential = TestCertificates.Server };
    private static readonly TlsServerOptions Asking = OurServer.AskingFor(ClientCertificateMode.Request);

    /// <summary>EmptyRequestLoggedAsDebug, ClientHandshakeFailureLoggedAsDebug, ConnectionFilterDoesNotLeakBlock.</summary>
    [TestCase(0, false)]
    [TestCase(0, true)]
    [TestCase(10, false)]
    [TestCase(10, true)]
    public async Task Who_says_nothing_or_nonsense_and_goes_is_noted_and_is_no_warning(int count, bool isReset)
    {
        await using var host = await TestHost.StartAsync(listen => listen.UseTlsFsm(Options));
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(IPAddress.Loopback, host.Port);
            await socket.SendAsync(new byte[count]);
            if (isReset)
                socket.LingerState = new LingerOption(true, 0);
        }

        await Until(() => Failures(host).Any());

        Assert.That(Failures(host).Select(line => line.Level), Is.EqualTo(new[] { LogLevel.Debug }));
    }

    /// <summary>ClientAttemptingToUseUnsupportedProtocolIsLoggedAsDebug, DoesNotSupportTls10.</summary>
    [Test]
    public async Task A_version_that_is_not_spoken_is_refused_and_noted()
    {
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Options with { EnabledProtocols = SslProtocols.Tls13 }));

        var failure = await OurClient.FailAsync(host.Port, OurClient.Options(SslProtocols.Tls12));
        await Until(() => Failures(host).Any());

        Assert.That(failure.Alert, Is.EqualTo(TlsAlert.ProtocolVersion));
        Assert.That(Failures(host).Select(line => line.Level), Is.EqualTo(new[] { LogLevel.Debug }));
    }

    /// <summary>DoesNotThrowObjectDisposedExceptionOnEmptyConnection.</summary>
    [Test]
    public async Task A_handshake_without_a_request_is_nothing_to_note()
    {
        await using var host = await TestHost.StartAsync(listen => listen.UseTlsFsm(Options));

        await using (var client = await OurClient.OpenAsync(host.Port, OurClient.Options(protocols: "http/1.1")))
        {
        }

        Assert.That(Failures(host), Is.Empty);
    }

    /// <summary>DoesNotThrowObjectDisposedExceptionOnConnectionAbort; and RequestAborted fires.</summary>
    [Test]
    public async Task A_client_that_goes_while_it_is_answered_ends_the_request()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Options),
            app => AnswerAndWait(app, () => ended.TrySetResult()));
        await using (var client = await OurClient.OpenAsync(host.Port, OurClient.Options(protocols: "http/1.1")))
        {
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await client.ReadExactlyAsync(32);
        }

        await ended.Task.WaitAsync(Wait.Limit);
    }

    /// <summary>Its close_notify and the end of its stream come together, in whichever order Kestrel and we hear of them.</summary>
    [Test]
    public async Task Clients_that_say_goodbye_and_go_at_once_end_their_requests()
    {
        const int Clients = 30;
        using var ended = new CountdownEvent(Clients);
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Options),
            app => AnswerAndWait(app, () => ended.Signal()));
        var options = OurClient.Options(protocols: "http/1.1") with { StreamDisposeTimeout = TimeSpan.FromMilliseconds(20) };

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            await using var client = await OurClient.OpenAsync(host.Port, options);
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await client.ReadExactlyAsync(32);
        }));

        Assert.That(await Task.Run(() => ended.Wait(Wait.Limit)), Is.True, () => $"{ended.CurrentCount} were not told");
    }

    /// <summary>DoesNotThrowObjectDisposedExceptionFromWriteAsyncAfterConnectionIsAborted.</summary>
    [Test]
    public async Task A_write_after_the_applications_own_abort_does_not_throw()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Options),
            app => app.MapGet("/", async (HttpContext context) =>
            {
                context.Abort();
                try
                {
                    await context.Response.WriteAsync("too late");
                    written.SetResult();
                }
                catch (Exception exception)
                {
                    written.SetException(exception);
                }
            }));
        await using var client = await OurClient.OpenAsync(host.Port, OurClient.Options(protocols: "http/1.1"));

        await client.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");

        await written.Task.WaitAsync(Wait.Limit);
        Assert.That(async () => await client.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit), Throws.InstanceOf<IOException>());
    }

    /// <summary>RequireCertificateFailsWhenNoCertificate, ValidationFailureRejectsConnection, RejectsConnectionOnSslPolicyErrors.</summary>
    [Test]
    public async Task A_certificate_that_must_come_must_be_good()
    {
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(OurServer.AskingFor(ClientCertificateMode.Require)));

        foreach (var credential in new[] { null, TestCertificates.UntrustedClient, TestCertificates.ExpiredClient })
        {
            var options = OurClient.Options(SslProtocols.Tls13, credential, "http/1.1");
            await OurClient.FailOrReadFailureAsync(OurClient.OpenAsync(host.Port, options));
        }
    }

    /// <summary>AllowCertificateContinuesWhenNoCertificate, CertificatePassedToHttpContext.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public async Task A_certificate_that_may_come_is_the_requests(bool comes)
    {
        var credential = comes ? TestCertificates.Client : null;
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Asking),
            app => app.MapGet("/", async (HttpContext context) =>
            {
                var feature = context.Features.Get<ITlsConnectionFeature>()!;
                var later = await context.Connection.GetClientCertificateAsync();
                return $"{context.Connection.ClientCertificate?.Thumbprint} {feature.ClientCertificate?.Thumbprint} {later?.Thumbprint}";
            }));
        using var client = new HttpClient(new SocketsHttpHandler().UseTlsFsm(
            new TlsClientOptions { Verification = TestCertificates.Verification, Credential = credential }));

        var thumbprint = credential?.Certificate.Thumbprint;
        Assert.That(
            await client.GetStringAsync($"https://localhost:{host.Port}/"), Is.EqualTo($"{thumbprint} {thumbprint} {thumbprint}"));
    }

    /// <summary>HttpsSchemePassedToRequestFeature.</summary>
    [Test]
    public async Task A_request_knows_that_it_is_https()
    {
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Options), app => app.MapGet("/", (HttpContext context) => context.Request.Scheme));
        using var client = new HttpClient(
            new SocketsHttpHandler().UseTlsFsm(new TlsClientOptions { Verification = TestCertificates.Verification }));

        Assert.That(await client.GetStringAsync($"https://localhost:{host.Port}/"), Is.EqualTo("https"));
    }

    /// <summary>UsesProvidedServerCertificateSelectorEachTime, UsesProvidedServerCertificateSelectorOverridesServerCertificate.</summary>
    [Test]
    public async Task A_certificate_goes_by_the_name_that_is_asked_for_each_time_and_speaks_Kestrels_protocols()
    {
        var other = TestCertificates.ServerFor("other.example");
        var names = new TlsServerNames();
        names.Set("other.example", Options with { Credential = other });
        await using var host = await TestHost.StartAsync(listen => listen.UseTlsFsm(Options with { Names = names }));

        foreach (var (name, certificate) in new[]
                 {
                     (TestCertificates.Host, TestCertificates.Server), ("other.example", other), (TestCertificates.Host, TestCertificates.Server),
                 })
        {
            var options = OurClient.Options(protocols: "h2") with { TargetHost = name };
            await using var client = await OurClient.OpenAsync(host.Port, options);
            Assert.That(client.Connection.Session!.PeerCertificate, Is.EqualTo(certificate.Certificate));
            Assert.That(client.Connection.Session!.ApplicationProtocol, Is.EqualTo(SslApplicationProtocol.Http2));
        }
    }

    /// <summary>CanReadAndWriteWithHttpsConnectionMiddleware, over .NET's own TLS at the other end.</summary>
    [TestCase(1)]
    [TestCase(2)]
    public async Task A_form_is_posted_and_answered(int version)
    {
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Options),
            app => app.MapPost("/", (HttpContext context) => context.Request.Body.CopyToAsync(context.Response.Body)));
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new System.Security.Cryptography.X509Certificates.X509ChainPolicy
        {
            TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { TestCertificates.Root },
            RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck,
        };
        using var client = new HttpClient(handler);

        using var answer = await client.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"https://localhost:{host.Port}/")
        {
            Version = new Version(version, version == 1 ? 1 : 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent("content=Hello", Encoding.ASCII),
        });

        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo("content=Hello"));
    }

    private static IEnumerable<(LogLevel Level, string Category, string Text)> Failures(TestHost host) =>
        host.Log.Lines.Where(line => line.Text.Contains("the TLS handshake failed"));

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Wait.Limit);
        while (!condition())
            await Task.Delay(5, limit.Token);
    }

    /// <summary>Begins an answer that does not end before the request does.</summary>
    private static void AnswerAndWait(WebApplication app, Action aborted) => app.MapGet("/", async (HttpContext context) =>
    {
        context.RequestAborted.Register(aborted);
        await context.Response.WriteAsync("the beginning");
        await context.Response.Body.FlushAsync();
        try
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client is gone, and nobody is to be told.
        }
    });
}
