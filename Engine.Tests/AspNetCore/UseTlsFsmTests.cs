using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using TlsFsm.AspNetCore;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.AspNetCore;

/// <summary>Kestrel's end points with UseTlsFsm: what they offer, what is known there, how connections end.</summary>
[CancelAfter(60_000)]
public sealed class UseTlsFsmTests
{
    private static readonly TlsServerOptions Options = new() { Credential = TestCertificates.Server };

    [Test]
    public async Task The_end_points_address_is_https()
    {
        await using var host = await TestHost.StartAsync(listen => listen.UseTlsFsm(Options));

        Assert.That(host.Address, Does.StartWith("https://127.0.0.1:"));
        Assert.That(host.Log.Lines.Select(line => line.Text), Has.Some.Contains($"Now listening on: {host.Address}"));
    }

    [TestCase(HttpProtocols.Http1AndHttp2, "h2 http/1.1", "h2")]
    [TestCase(HttpProtocols.Http1AndHttp2, "http/1.1", "http/1.1")]
    [TestCase(HttpProtocols.Http1, "h2 http/1.1", "http/1.1")]
    [TestCase(HttpProtocols.Http2, "h2 http/1.1", "h2")]
    [TestCase(HttpProtocols.None, "h2 http/1.1", "")]
    public async Task ALPN_is_what_the_end_point_speaks(HttpProtocols protocols, string offered, string agreed)
    {
        await using var host = await TestHost.StartAsync(listen =>
        {
            listen.Protocols = protocols;
            listen.UseTlsFsm(Options);
            if (protocols == HttpProtocols.None)
                listen.Run(Echo);
        });

        await using var client = await OurClient.OpenAsync(host.Port, OurClient.Options(protocols: offered.Split(' ')));

        Assert.That(client.Connection.Session!.ApplicationProtocol.ToString(), Is.EqualTo(agreed));
    }

    [Test]
    public async Task A_connection_handler_that_is_no_HTTP_is_served()
    {
        await using var host = await TestHost.StartAsync(listen =>
        {
            listen.Protocols = HttpProtocols.None;
            listen.UseTlsFsm(Options).Run(Echo);
        });
        await using var client = await OurClient.OpenAsync(host.Port, OurClient.Options());
        var sent = SocketPair.Pattern(2_000_000);

        var writing = client.WriteAsync(sent).AsTask();
        Assert.That((await client.ReadExactlyAsync(sent.Length)).AsSpan().SequenceEqual(sent), Is.True);
        await writing.WaitAsync(Wait.Limit);
    }

    [Test]
    public async Task What_a_handler_has_begun_when_it_throws_does_not_look_whole()
    {
        var host = await TestHost.StartAsync(listen =>
        {
            listen.Protocols = HttpProtocols.None;
            listen.UseTlsFsm(Options).Run(async context =>
            {
                await context.Transport.Output.WriteAsync("the beginning"u8.ToArray());
                throw new TimeZoneNotFoundException("broken");
            });
        });

        await using (var client = await OurClient.OpenAsync(host.Port, OurClient.Options()))
        {
            Assert.That(await client.ReadExactlyAsync(13), Is.EqualTo("the beginning"u8.ToArray()));
            Assert.That(async () => await client.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit), Throws.InstanceOf<IOException>());
        }

        // It is the application's own mistake, and Kestrel says so.
        Assert.That(() => host.DisposeAsync().AsTask(), Throws.InstanceOf<AssertionException>().With.Message.Contains("broken"));
    }

    [Test]
    public async Task Options_are_chosen_by_connection_and_ClientHello()
    {
        var seen = new ConcurrentQueue<string>();
        await using var host = await TestHost.StartAsync(listen => listen.UseTlsFsm(async (connection, hello, cancellation) =>
        {
            await Task.Yield();
            seen.Enqueue($"{((IPEndPoint)connection.RemoteEndPoint!).Address} {hello.ServerName}");
            return hello.ServerName == TestCertificates.Host ? Options : throw new TimeZoneNotFoundException(hello.ServerName);
        }));

        await using (var client = await OurClient.OpenAsync(host.Port, OurClient.Options(protocols: "h2")))
            Assert.That(client.Connection.Session!.ApplicationProtocol, Is.EqualTo(SslApplicationProtocol.Http2));

        Assert.That(seen, Is.EqualTo(new[] { $"127.0.0.1 {TestCertificates.Host}" }));
    }

    [Test]
    public async Task Certificates_come_as_objects_and_from_files()
    {
        var folder = Directory.CreateTempSubdirectory("tlsfsm-pfx-").FullName;
        try
        {
            var file = Path.Combine(folder, "server.pfx");
            var all = new X509Certificate2Collection(TestCertificates.Server.Certificate);
            all.AddRange(TestCertificates.Server.Intermediates);
            await File.WriteAllBytesAsync(file, all.Export(X509ContentType.Pfx, "secret")!);
            foreach (var configure in new Action<ListenOptions>[]
            {
                listen => listen.UseTlsFsm(file, "secret"),
                listen => listen.UseTlsFsm(TestCertificates.Server),
            })
            {
                await using var host = await TestHost.StartAsync(configure);
                await using var client = await OurClient.OpenAsync(host.Port, OurClient.Options());
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void What_cannot_be_served_is_refused_at_the_start()
    {
        var wrong = new TlsServerOptions { Credential = null };

        Assert.That(() => TestHost.StartAsync(listen => listen.UseTlsFsm(wrong)), Throws.ArgumentException);
        Assert.That(() => TestHost.StartAsync(listen => listen.UseTlsFsm((TlsServerOptions)null!)), Throws.ArgumentNullException);
        Assert.That(() => TestHost.StartAsync(listen => listen.UseTlsFsm("no such file")), Throws.InstanceOf<IOException>());
        Assert.That(
            () => TestHost.StartAsync(listen => listen.UseTlsFsm((_, _, _) => new(Options), TimeSpan.Zero)),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public async Task A_request_knows_its_connection(SslProtocols version)
    {
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Options),
            app => app.MapGet("/", async (HttpContext context) =>
            {
                var ours = context.Features.Get<ITlsFsmFeature>()!;
                var exported = await ours.ExportKeyingMaterialAsync("EXPORTER-Channel-Binding", null, 32);
                var binding = await ours.GetChannelBindingAsync(TlsChannelBinding.TlsServerEndPoint);
                var tls = context.Features.Get<ITlsHandshakeFeature>()!;
                return $"{tls.Protocol} {tls.NegotiatedCipherSuite} {tls.HostName} {Convert.ToHexString(exported)} "
                    + $"{Convert.ToHexString(binding!)} {context.Connection.ClientCertificate?.Subject ?? "nobody"} "
                    + $"{context.Features.Get<ITlsApplicationProtocolFeature>() is not null}";
            }));
        await using var client = await OurClient.OpenAsync(host.Port, OurClient.Options(protocols: "http/1.1", versions: version));

        await client.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var answer = Encoding.ASCII.GetString(await client.ReadToEndAsync());

        var ours = client.Connection;
        var expected = await ours.Loop.Ask(() =>
            $"{version} {ours.Session!.CipherSuite} {TestCertificates.Host} "
            + $"{Convert.ToHexString(ours.ExportKeyingMaterial("EXPORTER-Channel-Binding", null, 32))} "
            + $"{Convert.ToHexString(ours.GetChannelBinding(TlsChannelBinding.TlsServerEndPoint)!)} nobody True");
        Assert.That(answer, Does.Contain(expected));
    }

    [Test]
    public async Task A_clients_bare_end_of_stream_is_the_end_of_its_request_and_the_answer_goes_out_whole()
    {
        const int size = 8_000_000;
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Options),
            app => app.MapPost("/", async (HttpContext context) =>
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
                context.Response.ContentLength = size;
                await context.Response.Body.WriteAsync(new byte[size]);
            }));
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, host.Port);
        await using var client = await OurClient.OpenAsync(socket, OurClient.Options(protocols: "http/1.1"));

        await client.WriteAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");
        socket.Shutdown(SocketShutdown.Send);
        var answer = await client.ReadToEndAsync();

        Assert.That(answer.AsSpan().IndexOf("\r\n\r\n"u8) + 4 + size, Is.EqualTo(answer.Length));
    }

    [Test]
    public async Task A_reset_in_a_requests_body_is_no_error_of_the_application()
    {
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Options),
            app => app.MapPost("/", async (HttpContext context) =>
            {
                try
                {
                    await context.Request.Body.ReadExactlyAsync(new byte[4]);
                    reading.SetResult();
                    await context.Request.Body.CopyToAsync(Stream.Null);
                    ended.SetResult(null);
                }
                catch (Exception exception)
                {
                    ended.SetResult(exception);
                    throw;
                }
            }));
        for (var i = 0; i < 5; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, host.Port);
            await using var client = await OurClient.OpenAsync(socket, OurClient.Options(protocols: "http/1.1"));
            await client.WriteAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400\r\n\r\nbody");
            await reading.Task.WaitAsync(Wait.Limit);

            await client.Connection.Loop.Run(() => client.Connection.Transport.Abort());

            Assert.That(await ended.Task.WaitAsync(Wait.Limit), Is.InstanceOf<IOException>().Or.InstanceOf<OperationCanceledException>());
            reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
            ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    [Test]
    public async Task Our_log_entries_name_Kestrels_connection()
    {
        string? id = null;
        await using var host = await TestHost.StartAsync(
            listen => listen.UseTlsFsm(Options),
            app => app.MapGet("/", (HttpContext context) => id = context.Connection.Id));
        await using (var client = await OurClient.OpenAsync(host.Port, OurClient.Options(protocols: "http/1.1")))
        {
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            await client.ReadToEndAsync();
        }

        var ours = host.Log.Lines.Where(line => line.Category == typeof(TlsConnection).FullName).Select(line => line.Text).ToList();
        Assert.That(ours, Is.Not.Empty);
        Assert.That(ours, Is.All.Contains($"[ConnectionId={id}]"));
        Assert.That(ours, Is.All.Contains($"Connection {id}: "));
    }

    [Test]
    public async Task A_handshake_that_takes_too_long_is_ended_and_is_no_warning()
    {
        var hurried = Options with { HandshakeTimeout = TimeSpan.FromMilliseconds(1) };
        await using var host = await TestHost.StartAsync(listen => listen.UseTlsFsm(hurried));
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, host.Port);

        try
        {
            await silent.GetStream().ReadToEndAsync().WaitAsync(Wait.Limit);
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        Assert.That(host.Log.Lines.Where(line => line.Level >= LogLevel.Warning), Is.Empty);
    }

    private static async Task Echo(ConnectionContext context)
    {
        var (input, output) = (context.Transport.Input, context.Transport.Output);
        while (true)
        {
            var result = await input.ReadAsync();
            foreach (var part in result.Buffer)
                output.Write(part.Span);
            input.AdvanceTo(result.Buffer.End);
            if ((await output.FlushAsync()).IsCompleted || result.IsCompleted)
                return;
        }
    }
}
