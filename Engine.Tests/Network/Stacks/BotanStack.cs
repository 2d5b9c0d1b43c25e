using System.Globalization;
using System.Text;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network.Stacks;

/// <summary>Botan, by its own tool: a client that sends what it reads and prints what it hears, and a server that echoes lines.</summary>
internal sealed class BotanStack : OtherStack
{
    public override async Task RunClientAsync(int port, StackOrders orders)
    {
        // By stdbuf, because what it hears would stay in its buffer; its password is that of the file of sessions, which it encrypts.
        var sessions = Path.Combine(PemFiles.NewFolder($"botan-{Guid.NewGuid():N}"), "sessions");
        var content = Encoding.Latin1.GetString(StackTable.Content);
        for (var round = 0; round < orders.Rounds; round++)
        {
            await using var client = ExternalTool.Start("stdbuf", [
                "-oL", "botan", "tls_client", TestCertificates.Host, $"--port={Text(port)}", "--tls1.2", "--skip-system-cert-store",
                $"--trusted-cas={PemFiles.Root}", $"--session-db={sessions}", "--session-db-pass=sessions",
                .. orders.ApplicationProtocol is { } name ? [$"--next-protocols={name}"] : Array.Empty<string>()]);
            await client.WriteAsync(content);

            // It closes at the end of its input, whatever is on the way.
            await client.WaitForAsync(content);
            client.CloseInput();
            Assert.That(await client.WaitForExitAsync(), Is.Zero, client.Errors);
        }
    }

    public override Task<(ExternalTool Tool, int Port)> StartServerAsync(StackOrders orders) =>
        StartListeningAsync(port => ExternalTool.Start(
            "botan", "tls_server", PemFiles.Of(orders.Credential!).Chain, PemFiles.Of(orders.Credential!).Key, $"--port={Text(port)}"));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
