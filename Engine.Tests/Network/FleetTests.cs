using System.Globalization;
using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Two servers, two processes, one Redis: the sample as it stands.</summary>
[CancelAfter(90_000)]
public sealed class FleetTests
{
    [Test]
    public async Task A_session_begun_with_one_server_is_resumed_with_the_other(
        [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version, CancellationToken cancellation)
    {
        ExternalTool.Require("redis-server");
        using var peers = new SessionPeers();
        var redisPort = Loopback.FreePort();
        await using var redis = ExternalTool.Start(
            "redis-server", "--bind", "127.0.0.1", "--port", $"{redisPort}", "--save", "", "--appendonly", "no");
        await redis.WaitForAsync("Ready to accept connections");
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            SessionCache = new MemorySessionCache(),
        };

        await using var one = StartServer(peers, redisPort);
        var first = await VisitAsync(await PortOfAsync(one), options, cancellation);
        await using var other = StartServer(peers, redisPort);
        var second = await VisitAsync(await PortOfAsync(other), options, cancellation);
        var third = await VisitAsync(await PortOfAsync(one), options, cancellation);

        Assert.That((first, second, third), Is.EqualTo(("new", "resumed", "resumed")));
        foreach (var server in (ExternalTool[])[one, other])
        {
            server.CloseInput();
            Assert.That(await server.WaitForExitAsync(), Is.Zero, server.Errors);
        }
    }

    private static ExternalTool StartServer(SessionPeers peers, int redisPort) => ExternalTool.Start(
        "dotnet", Path.Combine(AppContext.BaseDirectory, "FleetServer.dll"), $"127.0.0.1:{redisPort}", peers.Chain, peers.Key);

    private static async Task<int> PortOfAsync(ExternalTool server)
    {
        await server.WaitForAsync("listening on ");
        await server.WaitForAsync("\n");
        var line = server.Output.Split('\n').First(one => one.StartsWith("listening on ", StringComparison.Ordinal));
        return int.Parse(line["listening on ".Length..], CultureInfo.InvariantCulture);
    }

    private static Task<string> VisitAsync(int port, TlsClientOptions options, CancellationToken cancellation) =>
        SessionPeers.VisitAsync(port, options, async (core, connection) =>
        {
            var answer = (await SessionPeers.ReadUntilAsync(connection, "\n", cancellation)).TrimEnd();
            Assert.That(core.Session!.IsResumed, Is.EqualTo(answer == "resumed"));
            return answer;
        }, cancellation);
}
