using System.Security.Authentication;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network.Stacks;

/// <summary>Servers over other people's TLS stacks, and our client. What is seen is compared with the table in docs/interop.md.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
internal sealed class StackServerTests
{
    private static IEnumerable<TestCaseData> P256Cases => StackTable.Cases(StackRole.Server, StackColumn.P256);

    private static IEnumerable<TestCaseData> RsaCases => StackTable.Cases(StackRole.Server, StackColumn.Rsa);

    private static IEnumerable<TestCaseData> ClientCertificateCases => StackTable.Cases(StackRole.Server, StackColumn.ClientCertificate);

    private static IEnumerable<TestCaseData> RetryCases => StackTable.Cases(StackRole.Server, StackColumn.Retry);

    [TestCaseSource(nameof(P256Cases))]
    public async Task We_verify_its_P256_and_have_all_back_twice(OtherStack stack, SslProtocols version)
    {
        var sessions = await VisitAsync(stack, Options(stack), Orders(version), rounds: 2);

        Assert.That(sessions.Select(session => session.Protocol), Is.All.EqualTo(version));
        Assert.That(sessions[0].IsResumed, Is.False);
        Report(stack, version, StackColumn.P256, "yes");
        Report(stack, version, StackColumn.Resumption, sessions[1].IsResumed ? "yes" : "no");
    }

    [TestCaseSource(nameof(RsaCases))]
    public async Task We_verify_its_RSA_and_agree_on_a_protocol(OtherStack stack, SslProtocols version)
    {
        var options = Options(stack) with { ApplicationProtocols = OurServer.Protocols("h2", stack.ApplicationProtocol) };
        var orders = Orders(version, TestKey.Rsa2048) with { ApplicationProtocol = stack.ApplicationProtocol };

        var sessions = await VisitAsync(stack, options, orders);

        Assert.That(sessions[0].PeerSignatureScheme, Does.StartWith("rsa_"));
        Assert.That($"{sessions[0].ApplicationProtocol}", Is.EqualTo(stack.ApplicationProtocol));
        Report(stack, version, StackColumn.Rsa, "yes");
        Report(stack, version, StackColumn.Alpn, "yes");
    }

    [TestCaseSource(nameof(ClientCertificateCases))]
    public async Task It_verifies_our_certificate(OtherStack stack, SslProtocols version)
    {
        var options = Options(stack) with { Credential = TestCertificates.Client };

        var sessions = await VisitAsync(stack, options, Orders(version) with { DemandsCertificate = true });

        Assert.That(sessions[0].OwnCredential, Is.SameAs(TestCertificates.Client));
        Report(stack, version, StackColumn.ClientCertificate, "yes");
    }

    [TestCaseSource(nameof(RetryCases))]
    public async Task We_follow_its_HelloRetryRequest(OtherStack stack, SslProtocols version)
    {
        var notes = new MessageNotes();
        var options = Options(stack);
        options = options with
        {
            // The only share is for a group that it does not know.
            Policy = options.Policy with
            {
                Groups = [TlsNamedGroup.Secp384r1MLKem1024, TlsNamedGroup.X25519, TlsNamedGroup.Secp256r1, TlsNamedGroup.Secp384r1],
                KeyShares = [TlsNamedGroup.Secp384r1MLKem1024],
            },
            MessageObserver = notes.Add,
        };

        var sessions = await VisitAsync(stack, options, Orders(version), rounds: 2);

        Assert.That(notes.All.Count(note => note.Name == "HelloRetryRequest"), Is.EqualTo(2));
        Report(stack, version, StackColumn.Retry, $"yes, again, {(sessions[1].IsResumed ? "resumes" : "in full")}");
    }

    private static TlsClientOptions Options(OtherStack stack)
    {
        var options = OurClient.Options();
        return options with { Policy = stack.Admit(StackRole.Server, options.Policy), SessionCache = new MemorySessionCache() };
    }

    private static StackOrders Orders(SslProtocols version, TestKey key = TestKey.EcdsaP256) =>
        new() { Version = version, Credential = TestCertificates.ServerWith(key) };

    /// <summary>What our client has settled in each round. All that came back has been compared, and both sides have closed.</summary>
    private static async Task<List<TlsSessionInfo>> VisitAsync(
        OtherStack stack, TlsClientOptions options, StackOrders orders, int rounds = 1)
    {
        stack.Require();
        var (server, port) = await stack.StartServerAsync(orders);
        await using var disposing = server;
        var sessions = new List<TlsSessionInfo>();
        for (var round = 0; round < rounds; round++)
        {
            await using var stream = await OurClient.OpenAsync(port, options);
            await stack.TalkAsync(stream);
            await stream.ShutdownAsync().WaitAsync(Wait.Limit);
            Assert.That(stream.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
            sessions.Add(stream.Connection.Session!);
        }

        return sessions;
    }

    private static void Report(OtherStack stack, SslProtocols version, StackColumn column, string seen) =>
        MatrixDocument.AssertCell(new StackRow(stack, StackRole.Server, version), column, seen);
}
