using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>
/// TLS 1.2 without extended master secret (RFC 7627): refused by default, and with little in it for who admits it. GnuTLS can be told not
/// to know it.
/// </summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class ExtendedMasterSecretTests
{
    private const int Port = 5556;
    private const string Without = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%NO_SESSION_HASH";

    private static readonly TlsPolicy Admitting = TlsPolicy.Default with { RequireExtendedMasterSecret = false };

    [Test]
    public async Task A_client_without_it_is_refused_by_default()
    {
        await using var server = OurServer.Start();
        await using var client = StartClient(server.Port);

        var failure = await server.NextFailureAsync();

        Assert.That(failure.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(failure.Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
        await client.WaitForAsync("Handshake failed");
    }

    [Test]
    public async Task A_client_without_it_is_served_by_who_says_so_but_nothing_is_resumed_or_exported()
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = TestCertificates.Server, Policy = Admitting });
        await using var client = StartClient(server.Port, "--resume");

        // With --resume it connects twice, and speaks on the second one.
        await client.WaitForAsync("Resume Handshake was completed");
        await client.WriteAsync("over and out\n");
        await client.WaitForAsync("\nover and out\n");
        client.CloseInput();
        await client.WaitForExitAsync();

        foreach (var _ in (int[])[1, 2])
        {
            var (connection, failure) = await server.NextEndAsync();
            Assert.That(connection.Session, Is.Not.Null, failure?.Message);
            Assert.That(connection.Session!.HasExtendedMasterSecret, Is.False);
            Assert.That(connection.Session.IsResumed, Is.False);
        }
    }

    [Test]
    public async Task A_server_without_it_is_refused_by_default_and_bound_to_nothing_by_who_admits_it()
    {
        ExternalTool.Require("gnutls-serv");
        await NetworkNamespace.RequireAsync();
        await using var server = NetworkNamespace.Start(
            "gnutls-serv", "--echo", $"--port={Port}", $"--priority={Without}",
            $"--x509certfile={PemFiles.Of(TestCertificates.Server).Chain}", $"--x509keyfile={PemFiles.Of(TestCertificates.Server).Key}");
        await server.WaitForAsync($"listening on IPv4 0.0.0.0 port {Port}...done");
        var sessions = new MemorySessionCache();
        var options = new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, Policy =
            Admitting, SessionCache = sessions };

        var failure = await OurClient.FailAsync(OurClient.OpenAsync(await NetworkNamespace.ConnectAsync(server, Port)));
        await using var stream = await OurClient.OpenAsync(await NetworkNamespace.ConnectAsync(server, Port), options);
        await stream.WriteAsync("over and out\n");
        await stream.ReadUntilAsync("over and out\n");

        Assert.That(failure.Message, Does.Contain("extended master secret (RFC 7627)"));
        Assert.That(stream.Connection.Session!.HasExtendedMasterSecret, Is.False);
        Assert.That(sessions.Count, Is.Zero, "nothing to resume");
        await AssertNothingIsExportedAsync(stream);
    }

    /// <summary>Secrets are asked for on the connection's loop.</summary>
    private static async Task AssertNothingIsExportedAsync(TlsStream stream)
    {
        var connection = stream.Connection;
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Loop.CallSoon(_ =>
        {
            try
            {
                Assert.That(
                    () => connection.ExportKeyingMaterial("EXPERIMENTAL x", null, 32),
                    Throws.InvalidOperationException.With.Message.Contains("RFC 7627"));
                Assert.That(connection.GetChannelBinding(TlsChannelBinding.TlsUnique), Is.Null);
                Assert.That(connection.GetChannelBinding(TlsChannelBinding.TlsExporter), Is.Null);
                asked.SetResult();
            }
            catch (Exception exception)
            {
                asked.SetException(exception);
            }
        }, null);
        await asked.Task.WaitAsync(Wait.Limit);
    }

    private static ExternalTool StartClient(int port, params string[] arguments)
    {
        ExternalTool.Require("gnutls-cli");
        return ExternalTool.Start(
            "gnutls-cli",
            [
                $"--port={port}", $"--sni-hostname={TestCertificates.Host}", $"--verify-hostname={TestCertificates.Host}",
                $"--x509cafile={PemFiles.Root}", $"--priority={Without}", .. arguments, "127.0.0.1",
            ]);
    }
}
