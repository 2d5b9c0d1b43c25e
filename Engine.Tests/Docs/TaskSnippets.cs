using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using StackExchange.Redis;
using TlsFsm.Samples.Clients;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Samples;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Docs;

/// <summary>What the pages on single tasks show, compiled and run.</summary>
[CancelAfter(120_000)]
internal sealed class TaskSnippets
{
    private static readonly IPEndPoint Anywhere = new(IPAddress.Loopback, 0);
    private static readonly CertificateVerification Trust = TestCertificates.Verification;
    private static readonly TlsClientOptions Client = new() { TargetHost = "localhost", Verification = Trust };
    private static readonly TlsServerOptions Server = new() { Credential = TestCertificates.Server };

    [Test]
    public async Task Pipelines(CancellationToken cancellationToken)
    {
        var credential = TestCertificates.Server;
        await using var listener = TlsListener.Start(
            Anywhere, new TlsServerOptions { Credential = credential }, () => TlsStream.CreateProtocol(EchoAsync));
        var (port, options) = (listener.LocalEndPoint.Port, Client);

        // begin pipelines
        await using var pipe = await TlsClient.OpenPipeAsync("localhost", port, options, cancellationToken: cancellationToken);

        pipe.Output.Write("first line\nsecond line\n"u8);              // one flush: one record, one write to the socket
        await pipe.Output.FlushAsync(cancellationToken);

        var lines = new List<string>();
        while (lines.Count < 2)
        {
            var read = await pipe.Input.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                lines.Add(Encoding.ASCII.GetString(rest.Slice(0, end)));
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            pipe.Input.AdvanceTo(rest.Start, read.Buffer.End);         // what was not used stays; the peer is held back by it
        }

        await pipe.Output.CompleteAsync();                             // close_notify: nothing more comes from here
        // end pipelines

        Assert.That(lines, Is.EqualTo(new[] { "first line", "second line" }));
    }

    [Test]
    public async Task Both_sides_show_a_certificate(CancellationToken cancellationToken)
    {
        var (roots, serversCredential, clientsCredential) = (TestCertificates.Roots, TestCertificates.Server, TestCertificates.Client);

        // begin mtls
        var server = new TlsServerOptions
        {
            Credential = serversCredential,
            ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = CertificateVerification.TrustedRoots(roots) with
            {
                Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(review =>
                    review.Certificates[0].Subject.StartsWith("CN=client ", StringComparison.Ordinal) ? null : TlsAlert.AccessDenied),
            },
        };
        var client = new TlsClientOptions
        {
            TargetHost = "localhost",
            Verification = CertificateVerification.TrustedRoots(roots),
            Credential = clientsCredential,
        };
        // end mtls

        var who = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var listener = TlsListener.Start(Anywhere, server, () => TlsStream.CreateProtocol(stream =>
        {
            who.SetResult(stream.RemoteCertificate!.Subject);
            return Task.CompletedTask;
        }));
        await using var open = await TlsClient.OpenStreamAsync(
            "localhost", listener.LocalEndPoint.Port, client, cancellationToken: cancellationToken);
        Assert.That(await who.Task.WaitAsync(cancellationToken), Is.EqualTo("CN=client EcdsaP256"));
    }

    [Test]
    public async Task Keys_instead_of_certificates(CancellationToken cancellationToken)
    {
        var keyOfDevice = RandomNumberGenerator.GetBytes(32);

        // begin psk
        var device = new TlsClientOptions
        {
            Policy = TlsPolicy.Modern,
            Psks = [new TlsPsk("device-17"u8, keyOfDevice)],
        };
        var broker = new TlsServerOptions
        {
            Policy = TlsPolicy.Modern,
            FindPsk = identity => identity.Span.SequenceEqual("device-17"u8) ? new TlsPsk("device-17"u8, keyOfDevice) : null,
        };
        // end psk

        await using var listener = TlsListener.Start(Anywhere, broker, () => TlsStream.CreateProtocol(EchoAsync));
        await using var open = await TlsClient.OpenStreamAsync(
            "localhost", listener.LocalEndPoint.Port, device, cancellationToken: cancellationToken);
        Assert.That(open.Connection.Session!.PskIdentity.ToArray(), Is.EqualTo("device-17"u8.ToArray()));
        Assert.That(open.RemoteCertificate, Is.Null);
    }

    [Test]
    public async Task A_data_connection_of_the_same_session(CancellationToken cancellationToken)
    {
        await using var listener = TlsListener.Start(Anywhere, Server, () => TlsStream.CreateProtocol(GreetAsync));
        var (controlPort, dataPort, trust) = (listener.LocalEndPoint.Port, listener.LocalEndPoint.Port, Trust);

        // begin ftps
        var options = new TlsClientOptions
        {
            TargetHost = "localhost",
            Verification = trust,
            SessionCache = new MemorySessionCache(),                   // of this control connection alone
        };
        await using var control = await TlsClient.OpenStreamAsync("localhost", controlPort, options, cancellationToken: cancellationToken);
        var welcome = new byte[5];
        await control.ReadExactlyAsync(welcome, cancellationToken);    // on TLS 1.3 the tickets have come with it

        await using var data = await TlsClient.OpenStreamAsync(
            "localhost", dataPort, options with { RequireResumption = control.Connection.Session }, cancellationToken: cancellationToken);
        // end ftps

        Assert.That(data.Connection.Session!.IsResumed, Is.True);
        Assert.That(data.Connection.Session.Origin, Is.EqualTo(control.Connection.Session!.Origin));
    }

    [Test]
    public async Task Redis(CancellationToken cancellationToken)
    {
        var files = PemFiles.Of(TestCertificates.Server);
        await using var server = await RealServer.StartAsync(
            "redis-server",
            (folder, port) => $"bind 127.0.0.1\nport 0\ntls-port {port}\ntls-cert-file {files.Chain}\ntls-key-file {files.Key}\n"
                + $"tls-ca-cert-file {PemFiles.Root}\ntls-auth-clients no\nsave \"\"\ndir {folder}\n",
            (file, _) => [file]);
        var (port, trust) = (server.Port, Trust);

        // begin redis
        var configuration = new ConfigurationOptions
        {
            EndPoints = { { "localhost", port } },                     // Ssl stays false: the tunnel is the TLS
            Tunnel = new RedisOverTlsFsm(new TlsClientOptions { Verification = trust, SessionCache = new MemorySessionCache() }),
        };
        await using var redis = await ConnectionMultiplexer.ConnectAsync(configuration);
        await redis.GetDatabase().StringSetAsync("greeting", "hello");
        // end redis

        Assert.That((string?)await redis.GetDatabase().StringGetAsync("greeting"), Is.EqualTo("hello"));
    }

    [Test]
    public async Task A_fleet_resumes_each_others_sessions(CancellationToken cancellationToken)
    {
        var (credential, provider) = (TestCertificates.Server, (IDataProtectionProvider)new EphemeralDataProtectionProvider());

        // begin fleet
        TlsServerOptions OfOneServer() => new()
        {
            Credential = credential,
            TicketKeys = new TlsFsm.DataProtection.DataProtectionTicketKeyRing(provider),
        };
        // end fleet

        await using var one = TlsListener.Start(Anywhere, OfOneServer(), () => TlsStream.CreateProtocol(GreetAsync));
        await using var other = TlsListener.Start(Anywhere, OfOneServer(), () => TlsStream.CreateProtocol(GreetAsync));
        var client = Client with { SessionCache = new MemorySessionCache() };
        await VisitAsync(one, client, cancellationToken);
        Assert.That((await VisitAsync(other, client, cancellationToken)).IsResumed, Is.True);
    }

    [Test]
    public async Task Against_quantum_computers(CancellationToken cancellationToken)
    {
        await using var listener = TlsListener.Start(Anywhere, Server, () => TlsStream.CreateProtocol(GreetAsync));
        var (port, trust) = (listener.LocalEndPoint.Port, Trust);

        // begin post-quantum
        var options = new TlsClientOptions
        {
            TargetHost = "localhost",
            Verification = trust,
            Policy = TlsPolicy.Modern with { Groups = [TlsNamedGroup.X25519MLKem768, TlsNamedGroup.Secp384r1MLKem1024] },
        };
        await using var stream = await TlsClient.OpenStreamAsync("localhost", port, options, cancellationToken: cancellationToken);
        var group = stream.Connection.Session!.Group;
        // end post-quantum

        Assert.That(group, Is.EqualTo("X25519MLKEM768").IgnoreCase);
    }

    [Test]
    public async Task Certificates_that_renew(CancellationToken cancellationToken)
    {
        var files = PemFiles.Of(TestCertificates.ServerWith(TestKey.Rsa2048));
        var (chainFile, keyFile) = (files.Chain, files.Key);
        await using var listener = TlsListener.Start(Anywhere, Server, () => TlsStream.CreateProtocol(GreetAsync));
        var options = Server;

        // begin renew
        // Throws when the files do not fit together, and the old certificate goes on.
        var renewed = options with { Credential = TlsCredential.FromPemFiles(chainFile, keyFile) };
        listener.UseOptions(renewed);                                  // from the next connection on; those that are open stay
        // end renew

        await using var stream = await TlsClient.OpenStreamAsync(
            "localhost", listener.LocalEndPoint.Port, Client, cancellationToken: cancellationToken);
        Assert.That(stream.RemoteCertificate, Is.EqualTo(TestCertificates.ServerWith(TestKey.Rsa2048).Certificate));
    }

    [Test]
    public async Task A_key_elsewhere(CancellationToken cancellationToken)
    {
        using var vault = TestCertificates.Server.Certificate.GetECDsaPrivateKey()!;
        var (certificate, intermediates) = (TestCertificates.Server.Certificate, TestCertificates.Server.Intermediates);
        Task<byte[]> SignInTheVaultAsync(ReadOnlyMemory<byte> hash, CancellationToken cancellation) =>
            Task.Run(() => vault.SignHash(hash.ToArray(), DSASignatureFormat.Rfc3279DerSequence), cancellation);

        // begin remote-key
        var signer = TlsAsync.Signer(async (scheme, hash, cancellation) =>
            scheme == TlsSignatureScheme.EcdsaSecp256r1Sha256
                ? await SignInTheVaultAsync(hash, cancellation)
                : throw new NotSupportedException($"The vault has no key for {scheme}."));
        var options = new TlsServerOptions
        {
            Credential = new TlsCredential(certificate, signer, intermediates)
            {
                SignatureSchemes = [TlsSignatureScheme.EcdsaSecp256r1Sha256],
            },
        };
        // end remote-key

        await using var listener = TlsListener.Start(Anywhere, options, () => TlsStream.CreateProtocol(GreetAsync));
        Assert.That((await VisitAsync(listener, Client, cancellationToken)).PeerCertificate, Is.EqualTo(certificate));
    }

    [Test]
    public async Task A_stream_over_a_stream(CancellationToken cancellationToken)
    {
        await using var listener = TlsListener.Start(Anywhere, Server, () => TlsStream.CreateProtocol(GreetAsync));
        using var tcp = new System.Net.Sockets.TcpClient();
        await tcp.ConnectAsync(listener.LocalEndPoint, cancellationToken);
        var (inner, host, trust) = (tcp.GetStream(), "localhost", Trust);

        // begin migrating
        var options = new TlsClientOptions { TargetHost = host, Verification = trust };
        var stream = await TlsClient.OpenStreamAsync(inner, options, cancellationToken: cancellationToken);
        // end migrating

        await using (stream)
            await stream.ReadExactlyAsync(new byte[5], cancellationToken);
        Assert.That(stream.SslProtocol, Is.EqualTo(SslProtocols.Tls13));
    }

    [Test]
    public async Task Sessions_that_outlive_the_process(CancellationToken cancellationToken)
    {
        await using var listener = TlsListener.Start(Anywhere, Server, () => TlsStream.CreateProtocol(GreetAsync));
        var (store, keys) = (new Dictionary<string, byte[]>(), new MemoryTicketKeyRing());

        await VisitAsync(listener, Client with { SessionCache = new SealedSessions(store, keys) }, cancellationToken);
        var second = await VisitAsync(listener, Client with { SessionCache = new SealedSessions(store, keys) }, cancellationToken);

        Assert.That(second.IsResumed, Is.True);
    }

    private static async Task<TlsSessionInfo> VisitAsync(
        TlsListener listener, TlsClientOptions options, CancellationToken cancellationToken)
    {
        await using var stream = await TlsClient.OpenStreamAsync(
            "localhost", listener.LocalEndPoint.Port, options, cancellationToken: cancellationToken);
        await stream.ReadExactlyAsync(new byte[5], cancellationToken);
        return stream.Connection.Session!;
    }

    private static async Task GreetAsync(TlsStream stream)
    {
        await stream.WriteAsync("hello"u8.ToArray());
        await stream.CopyToAsync(Stream.Null);
    }

    private static async Task EchoAsync(TlsStream stream)
    {
        var buffer = new byte[1024];
        while (await stream.ReadAsync(buffer) is > 0 and var count)
            await stream.WriteAsync(buffer.AsMemory(0, count));
    }
}

// begin sealed-sessions
internal sealed class SealedSessions(IDictionary<string, byte[]> store, ITicketKeyRing keys) : ITlsSessionCache
{
    public void Add(TlsSavedSession session)
    {
        lock (store)
            store[session.Key] = session.Seal(keys);                   // the newest; one of TLS 1.3 leaves the process with it
    }

    public TlsSavedSession? Take(string key, Guid? origin)
    {
        lock (store)
        {
            // With the same step out of the store: a ticket of TLS 1.3 is used once.
            var session = store.Remove(key, out var kept) ? TlsSavedSession.Open(kept, keys) : null;
            return origin is null || session?.Origin == origin ? session : null;
        }
    }

    public void Remove(TlsSavedSession session)
    {
        lock (store)
            store.Remove(session.Key);
    }
}
// end sealed-sessions
