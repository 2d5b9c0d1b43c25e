using System.Globalization;
using System.Net.Http;
using System.Net.WebSockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.AspNetCore;

/// <summary>Kestrel over our TLS, and what people come with: h2load, SignalR's client, a browser.</summary>
[CancelAfter(120_000)]
public sealed class WebClientTests
{
    private static readonly TlsServerOptions Options = new() { Credential = TestCertificates.Server };

    [TestCase("http/1.1", "--h1")]
    [TestCase("h2")]
    public async Task H2load_has_all_its_requests_answered(string protocol, params string[] arguments)
    {
        ExternalTool.Require("h2load");
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Options), app => app.MapGet("/", () => new string('x', 2000)));

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "h2load", "", [.. arguments, "-n", "1000", "-c", "10", "-m", "10", $"https://127.0.0.1:{host.Port}/"]);

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(output, Does.Contain("1000 succeeded, 0 failed, 0 errored, 0 timeout"));
        Assert.That(output, Does.Contain($"Application protocol: {protocol}"));
    }

    [Test]
    public async Task SignalR_talks_over_WebSockets()
    {
        await using var host = await TestHost.BuildAsync(
            builder =>
            {
                builder.Services.AddSignalR();
                builder.WebHost.ConfigureKestrel(
                    kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseTlsFsm(Options)));
            },
            app => app.MapHub<EchoHub>("/hub"));
        using var invoker = new HttpMessageInvoker(
            new SocketsHttpHandler().UseTlsFsm(new TlsClientOptions { Verification = TestCertificates.Verification }));
        var pushed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var connection = new HubConnectionBuilder()
            .WithUrl($"https://localhost:{host.Port}/hub", options =>
            {
                (options.Transports, options.SkipNegotiation) = (HttpTransportType.WebSockets, true);
                options.WebSocketFactory = async (context, cancellation) =>
                {
                    var socket = new ClientWebSocket();
                    await socket.ConnectAsync(
                        new UriBuilder(context.Uri) { Scheme = Uri.UriSchemeWss }.Uri, invoker, cancellation);
                    return socket;
                };
            })
            .Build();
        connection.On<string>("pushed", text => pushed.TrySetResult(text));

        await connection.StartAsync().WaitAsync(Wait.Limit);
        var answer = await connection.InvokeAsync<string>(nameof(EchoHub.Say), "hello").WaitAsync(Wait.Limit);
        var counted = new List<int>();
        await foreach (var number in connection.StreamAsync<int>(nameof(EchoHub.Count), 100))
            counted.Add(number);

        Assert.That(answer, Is.EqualTo("hello!"));
        Assert.That(await pushed.Task.WaitAsync(Wait.Limit), Is.EqualTo("hello?"));
        Assert.That(counted, Is.EqualTo(Enumerable.Range(0, 100)));
        await connection.StopAsync().WaitAsync(Wait.Limit);
    }

    /// <summary>
    /// Where there is one: a browser takes longer to install than all else that CI installs, so it is ignored there too if it is missing.
    /// </summary>
    [Test]
    public async Task Chromium_loads_a_page_and_what_it_needs_by_HTTP_2()
    {
        ExternalTool.Require("chromium");
        var protocols = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Options),
            app =>
            {
                app.Use((HttpContext context, RequestDelegate next) =>
                {
                    protocols.Enqueue(context.Request.Protocol);
                    return next(context);
                });
                app.MapGet("/", () => Results.Content("<p id=here>no</p><script src=/script.js></script>", "text/html"));
                app.MapGet("/script.js", () => Results.Content(
                    "document.getElementById('here').textContent = 'done by ' + 'script'", "text/javascript"));
            });
        var pin = Convert.ToBase64String(SHA256.HashData(
            TestCertificates.Server.Certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        var profile = Directory.CreateTempSubdirectory("tlsfsm-chromium-").FullName;
        try
        {
            var (exitCode, output, errors) = await ExternalTool.RunAsync(
                "chromium", "", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
                $"--user-data-dir={profile}", $"--ignore-certificate-errors-spki-list={pin}", "--virtual-time-budget=10000", "--dump-dom",
                string.Create(CultureInfo.InvariantCulture, $"https://localhost:{host.Port}/"));

            Assert.That(exitCode, Is.Zero, errors);
            Assert.That(output, Does.Contain("done by script"), errors);
            Assert.That(protocols, Is.All.EqualTo("HTTP/2"));
        }
        finally
        {
            Directory.Delete(profile, recursive: true);
        }
    }

    private sealed class EchoHub : Hub
    {
        public async Task<string> Say(string text)
        {
            await Clients.Caller.SendAsync("pushed", $"{text}?");
            return $"{text}!";
        }

        public async IAsyncEnumerable<int> Count(int count)
        {
            for (var i = 0; i < count && !Context.ConnectionAborted.IsCancellationRequested; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }
    }
}
