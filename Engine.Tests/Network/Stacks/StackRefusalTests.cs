using TlsFsm.Tests.Cli;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network.Stacks;

/// <summary>What is said where a stack lacks what we ask for by default, and what admits it: by RFC, and by the switch's name.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
internal sealed class StackRefusalTests
{
    [Test]
    public async Task A_client_without_renegotiation_info_is_told_by_that_and_by_the_switch()
    {
        var failure = await RefuseClientAsync("wolfSSL");

        Assert.That(failure.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(failure.Message, Does.Contain("renegotiation_info").And.Contain("RFC 5746")
            .And.Contain(nameof(TlsPolicy.RequireSecureRenegotiation)));
    }

    [Test]
    public async Task A_client_without_extended_master_secret_is_told_by_that_and_by_the_switch() =>
        AssertNamesMasterSecret(await RefuseClientAsync("Erlang/OTP"));

    [Test]
    public async Task A_server_without_extended_master_secret_is_told_by_that_and_by_the_switch()
    {
        var stack = Find("Erlang/OTP");
        var (server, port) = await stack.StartServerAsync(
            new StackOrders { Version = Cases.Tls12, Credential = TestCertificates.Server });
        await using var disposing = server;

        AssertNamesMasterSecret(await OurClient.FailAsync(port));
    }

    [Test]
    public async Task A_doctor_hears_tickets_that_come_with_the_first_data_where_it_can_ask_for_data(
        [Values("http/1.1", null)] string? protocol)
    {
        // BoringSSL's servers give their tickets of TLS 1.3 when they first write.
        var stack = Find("Bun");
        var (server, port) = await stack.StartServerAsync(
            new StackOrders { Version = Cases.Tls13, Credential = TestCertificates.Server, ApplicationProtocol = protocol });
        await using var disposing = server;

        var result = await CliRun.ToEndAsync("doctor", $"localhost:{port}", "--cafile", PemFiles.Root);

        Assert.That(result.Text, Does.Match(protocol is null ? "resumption +not tested: no ticket came with" : "resumption +yes"), result.Errors);
    }

    private static void AssertNamesMasterSecret(TlsException failure)
    {
        Assert.That(failure.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(failure.Message, Does.Contain("extended master secret").And.Contain("RFC 7627")
            .And.Contain(nameof(TlsPolicy.RequireExtendedMasterSecret)));
    }

    private static async Task<TlsException> RefuseClientAsync(string name)
    {
        var stack = Find(name);
        await using var server = OurServer.Start();
        await using var client = await stack.StartClientAsync(server.Port, new StackOrders { Version = Cases.Tls12 });
        return await server.NextFailureAsync();
    }

    private static ProgramStack Find(string name)
    {
        var stack = StackTable.All.OfType<ProgramStack>().Single(stack => stack.Name == name);
        stack.Require();
        return stack;
    }
}
