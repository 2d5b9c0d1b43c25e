using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network.Stacks;

/// <summary>Clients over other people's TLS stacks, and our server. What is seen is compared with the table in docs/interop.md.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
internal sealed class StackClientTests
{
    private static IEnumerable<TestCaseData> P256Cases => StackTable.Cases(StackRole.Client, StackColumn.P256);

    private static IEnumerable<TestCaseData> RsaCases => StackTable.Cases(StackRole.Client, StackColumn.Rsa);

    private static IEnumerable<TestCaseData> ClientCertificateCases => StackTable.Cases(StackRole.Client, StackColumn.ClientCertificate);

    private static IEnumerable<TestCaseData> RetryCases => StackTable.Cases(StackRole.Client, StackColumn.Retry);

    [TestCaseSource(nameof(P256Cases))]
    public async Task It_verifies_P256_and_has_all_back_twice(OtherStack stack, SslProtocols version)
    {
        var sessions = await VisitAsync(stack, Options(stack), new StackOrders { Version = version, Rounds = 2 });

        Assert.That(sessions.Select(session => session.Protocol), Is.All.EqualTo(version));
        Assert.That(sessions.Select(session => session.ServerName), Is.All.EqualTo(TestCertificates.Host));
        Assert.That(sessions[0].IsResumed, Is.False);
        Report(stack, version, StackColumn.P256, "yes");
        Report(stack, version, StackColumn.Resumption, sessions[1].IsResumed ? "yes" : "no");
    }

    [TestCaseSource(nameof(RsaCases))]
    public async Task It_verifies_RSA_and_agrees_on_a_protocol(OtherStack stack, SslProtocols version)
    {
        var hasNames = !new StackRow(stack, StackRole.Client, version).IsEmpty(StackColumn.Alpn);
        var options = Options(stack, TestKey.Rsa2048) with { ApplicationProtocols = OurServer.Protocols("h2", stack.ApplicationProtocol) };
        var orders = new StackOrders { Version = version, ApplicationProtocol = hasNames ? stack.ApplicationProtocol : null };

        var sessions = await VisitAsync(stack, options, orders);

        Assert.That(sessions[0].OwnSignatureScheme, Does.StartWith("rsa_"));
        Report(stack, version, StackColumn.Rsa, "yes");
        if (hasNames)
        {
            Assert.That($"{sessions[0].ApplicationProtocol}", Is.EqualTo(stack.ApplicationProtocol));
            Report(stack, version, StackColumn.Alpn, "yes");
        }
    }

    [TestCaseSource(nameof(ClientCertificateCases))]
    public async Task It_presents_its_certificate(OtherStack stack, SslProtocols version)
    {
        var options = Options(stack) with
        {
            ClientCertificates = ClientCertificateMode.Require, ClientVerification = TestCertificates.Verification,
        };

        var sessions = await VisitAsync(stack, options, new StackOrders { Version = version, Credential = TestCertificates.Client });

        Assert.That(sessions[0].PeerCertificate!.Thumbprint, Is.EqualTo(TestCertificates.Client.Certificate.Thumbprint));
        Report(stack, version, StackColumn.ClientCertificate, "yes");
    }

    [TestCaseSource(nameof(RetryCases))]
    public async Task It_follows_our_HelloRetryRequest(OtherStack stack, SslProtocols version)
    {
        var notes = new MessageNotes();
        var options = Options(stack);
        options = options with
        {
            // No client sends a share for it at once.
            Policy = options.Policy with { Groups = [TlsNamedGroup.Secp384r1] },
            MessageObserver = notes.Add,
        };

        var sessions = await VisitAsync(stack, options, new StackOrders { Version = version, Rounds = 2 });

        // Some keep the group with the session, and send its share at once the second time.
        var retries = notes.All.Count(note => note.Name == "HelloRetryRequest");
        Assert.That(retries, Is.EqualTo(1).Or.EqualTo(2));
        var second = retries == 2 ? "again" : "remembers the group";
        Report(stack, version, StackColumn.Retry, $"yes, {second}, {(sessions[1].IsResumed ? "resumes" : "in full")}");
    }

    private static TlsServerOptions Options(OtherStack stack, TestKey key = TestKey.EcdsaP256) => new()
    {
        Credential = TestCertificates.ServerWith(key),
        Policy = stack.Admit(StackRole.Client, TlsPolicy.Default),
        SessionIds = new MemorySessionIds(),
    };

    /// <summary>What our server has settled in each round. The client has compared what came back, and both sides have closed.</summary>
    private static async Task<List<TlsSessionInfo>> VisitAsync(OtherStack stack, TlsServerOptions options, StackOrders orders)
    {
        stack.Require();
        await using var server = OurServer.Start(options, stack.ServeAsync);
        await stack.RunClientAsync(server.Port, orders);
        var sessions = new List<TlsSessionInfo>();
        for (var round = 0; round < orders.Rounds; round++)
            sessions.Add(await server.NextCleanEndAsync());
        return sessions;
    }

    private static void Report(OtherStack stack, SslProtocols version, StackColumn column, string seen) =>
        MatrixDocument.AssertCell(new StackRow(stack, StackRole.Client, version), column, seen);
}
