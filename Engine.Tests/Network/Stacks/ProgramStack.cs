using System.Globalization;
using System.Text.RegularExpressions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network.Stacks;

/// <summary>A stack behind a program of this folder. All of them take the orders of <c>peer.c</c>.</summary>
internal sealed partial class ProgramStack : OtherStack
{
    /// <summary>The command, which the orders are added to. Asked for once a run, so it may be compiled there.</summary>
    public required Func<Task<string[]>> Command { get; init; }

    public override async Task RunClientAsync(int port, StackOrders orders)
    {
        await using var tool = await StartClientAsync(port, orders);
        var exitCode = await tool.WaitForExitAsync();

        Assert.That(exitCode, Is.Zero, tool.Transcript());
        var lines = Enumerable.Range(1, orders.Rounds).Select(round => $"round {round} {orders.ApplicationProtocol ?? "-"} same\n");
        Assert.That(tool.Output, Is.EqualTo(string.Concat(lines)), tool.Transcript());
    }

    /// <summary>Starts it as a client, and leaves it to the test what is to become of it.</summary>
    public Task<ExternalTool> StartClientAsync(int port, StackOrders orders) => StartAsync("client", orders, PemFiles.Root, [
        "--port", Text(port), "--rounds", Text(orders.Rounds), "--size", Text(StackTable.Content.Length)]);

    public override async Task<(ExternalTool Tool, int Port)> StartServerAsync(StackOrders orders)
    {
        var tool = await StartAsync("server", orders, orders.DemandsCertificate ? PemFiles.Root : null, []);
        try
        {
            var line = await tool.WaitForAsync(PortLine());
            return (tool, int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture));
        }
        catch
        {
            await tool.DisposeAsync();
            throw;
        }
    }

    private async Task<ExternalTool> StartAsync(string role, StackOrders orders, string? root, string[] more)
    {
        var command = await Command();
        List<string> arguments = [.. command[1..], role, "--tls", orders.Version == Cases.Tls13 ? "1.3" : "1.2", .. more];
        if (root is not null)
            arguments.AddRange(["--ca", root]);
        if (orders.Credential is { } credential)
            arguments.AddRange(["--cert", PemFiles.Of(credential).Chain, "--key", PemFiles.Of(credential).Key]);
        if (orders.ApplicationProtocol is { } protocol)
            arguments.AddRange(["--alpn", protocol]);
        return ExternalTool.Start(command[0], [.. arguments]);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^port (\d+)\r?\n")]
    private static partial Regex PortLine();
}
