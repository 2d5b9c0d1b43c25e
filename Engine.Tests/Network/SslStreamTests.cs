using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Both of our roles, and .NET's SslStream.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class SslStreamTests
{
    [TestCaseSource(typeof(Cases), nameof(Cases.VersionsAndKeys))]
    public async Task A_client_of_every_version_and_key_is_echoed(SslProtocols version, TestKey key)
    {
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.ServerWith(key),
                ApplicationProtocols = OurServer.Protocols("mqtt", "h2") });
        await using var client = await SslStreamPeer.ConnectAsync(server.Port, version, protocols: ["h2", "mqtt"]);

        await client.WriteAsync("over and out");
        await client.ReadUntilAsync("over and out");
        await client.ShutdownAsync();
        Assert.That(await client.ReadToEndAsync(), Is.Empty);

        Assert.That(client.SslProtocol, Is.EqualTo(version));
        Assert.That(client.NegotiatedApplicationProtocol, Is.EqualTo(OurServer.Protocols("mqtt")[0]));
        Assert.That((await server.NextCleanEndAsync()).Protocol, Is.EqualTo(version));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_client_sends_and_gets_eight_MiB(SslProtocols version)
    {
        await using var server = OurServer.Start();
        await using var client = await SslStreamPeer.ConnectAsync(server.Port, version);

        var received = await client.ExchangeAsync(LargeText.Bytes);
        await client.ShutdownAsync();
        await client.ReadToEndAsync();

        Assert.That(received.AsSpan().SequenceEqual(LargeText.Bytes), "All came back, in order.");
        await server.NextCleanEndAsync();
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.WelcomeClients))]
    public async Task A_client_certificate_is_asked_for_and_verified(SslProtocols version, ClientCertificateMode mode, TestKey? key)
    {
        await using var server = OurServer.Start(OurServer.AskingFor(mode));
        await using var client = await SslStreamPeer.ConnectAsync(
            server.Port, version, key is { } kind ? TestCertificates.ClientWith(kind) : null);

        await client.WriteAsync("over and out");
        await client.ReadUntilAsync("over and out");
        await client.ShutdownAsync();
        await client.ReadToEndAsync();

        var session = await server.NextCleanEndAsync();
        Assert.That(session.PeerCertificate?.Subject, Is.EqualTo(key is null ? null : $"CN=client {key}"));
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.RefusedClients))]
    public async Task A_bad_client_certificate_is_refused(
        SslProtocols version, ClientCertificateMode mode, string? name, TlsAlert alert, string text)
    {
        await using var server = OurServer.Start(OurServer.AskingFor(mode));

        // On TLS 1.3 the client hears of it on its first read.
        var talking = async () =>
        {
            await using var client = await SslStreamPeer.ConnectAsync(server.Port, version, name is null ? null : Cases.Credential(name));
            await client.ReadExactlyAsync(1);
        };

        Assert.That(talking, Throws.InstanceOf<AuthenticationException>().Or.InstanceOf<IOException>());
        var failure = await server.NextFailureAsync();
        Assert.That(failure.Alert, Is.EqualTo(alert));
        Assert.That(failure.Message, Does.StartWith(text));
    }

    [Test]
    public async Task A_client_that_refuses_our_certificate_is_a_failure()
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = TestCertificates.Untrusted });

        var connecting = async () => await SslStreamPeer.ConnectAsync(server.Port);

        Assert.That(connecting, Throws.InstanceOf<AuthenticationException>());
        AssertRefusal(await server.NextFailureAsync());
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.VersionsAndKeys))]
    public async Task A_server_of_every_version_and_key_is_verified_and_echoes(SslProtocols version, TestKey key)
    {
        var options = SslStreamPeer.Options(TestCertificates.ServerWith(key), version);
        options.ApplicationProtocols = [.. OurServer.Protocols("mqtt")];
        await using var server = SslStreamPeer.Serve(options, EchoAsync);
        await using var stream = await OurClient.OpenAsync(server.Port, OurClient.Options(Cases.Both, null, "h2", "mqtt"));

        await stream.WriteAsync("over and out");
        await stream.ReadUntilAsync("over and out");
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        Assert.That(stream.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
        Assert.That(stream.Connection.Session!.Protocol, Is.EqualTo(version));
        Assert.That(stream.Connection.Session.ApplicationProtocol, Is.EqualTo(OurServer.Protocols("mqtt")[0]));
        Assert.That(await server.NextEndAsync(), Is.Null);
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_server_gets_and_sends_eight_MiB(SslProtocols version)
    {
        await using var server = SslStreamPeer.Serve(SslStreamPeer.Options(TestCertificates.Server, version), EchoAsync);
        await using var stream = await OurClient.OpenAsync(server.Port);

        var received = await stream.ExchangeAsync(LargeText.Bytes);
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        Assert.That(received.AsSpan().SequenceEqual(LargeText.Bytes), "All came back, in order.");
        Assert.That(await server.NextEndAsync(), Is.Null);
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.RefusedServers))]
    public async Task A_bad_server_certificate_is_refused(SslProtocols version, string name, TlsAlert alert, string text)
    {
        await using var server = SslStreamPeer.Serve(SslStreamPeer.Options(Cases.Credential(name), version), EchoAsync);

        var failure = await OurClient.FailAsync(server.Port);

        Assert.That(failure.Alert, Is.EqualTo(alert));
        Assert.That(failure.Message, Does.StartWith(text));
        Assert.That(await server.NextEndAsync(), Is.InstanceOf<AuthenticationException>());
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_server_gets_our_certificate_and_may_refuse_it(SslProtocols version)
    {
        var options = SslStreamPeer.Options(TestCertificates.Server, version);
        options.ClientCertificateRequired = true;
        options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=client EcdsaP256";
        await using var server = SslStreamPeer.Serve(options, EchoAsync);

        await using (var stream = await OurClient.OpenAsync(server.Port, OurClient.Options(credential: TestCertificates.Client)))
        {
            await stream.WriteAsync("over and out");
            await stream.ReadUntilAsync("over and out");
        }

        var failure = await OurClient.FailOrReadFailureAsync(
            OurClient.OpenAsync(server.Port, OurClient.Options(credential: TestCertificates.UntrustedClient)));
        AssertRefusal(failure);
    }

    /// <summary>An SslStream judges after the handshake. On Unix it then closes without an alert; elsewhere it sends one.</summary>
    private static void AssertRefusal(TlsException failure)
    {
        if (failure.Fault != TlsFault.PeerAlert)
            Assert.That(failure.Reason, Is.EqualTo(CloseReason.Truncated));
    }

    private static async Task EchoAsync(SslStream stream)
    {
        var buffer = new byte[32 * 1024];
        while (await stream.ReadAsync(buffer) is > 0 and var count)
            await stream.WriteAsync(buffer.AsMemory(0, count));
        await stream.ShutdownAsync();
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task Options_taken_over_resume_as_SslStream_does_by_default(SslProtocols version)
    {
        await using var server = SslStreamPeer.Serve(SslStreamPeer.Options(TestCertificates.Server, version), EchoAsync);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode =
            X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        trust.CustomTrustStore.Add(TestCertificates.Root);
        var source = new SslClientAuthenticationOptions { TargetHost = TestCertificates.Host, CertificateChainPolicy = trust };
        var options = TlsClientOptions.From(source);

        Assert.That(await TalkAsync(), Is.False);
        Assert.That(await TalkAsync(), Is.True);

        async Task<bool> TalkAsync()
        {
            await using var stream = await OurClient.OpenAsync(server.Port, options);
            await stream.WriteAsync("over and out\n");
            await stream.ReadUntilAsync("over and out\n");
            return stream.Connection.Session!.IsResumed;
        }
    }
}
