using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Spectre.Console;
using TlsFsm.Cli.Rendering;
using static System.FormattableString;

namespace TlsFsm.Cli.Demo;

/// <summary>What the demo shows: a progress bar where things can move, plain lines where they cannot, tables at the end.</summary>
internal sealed class DemoReport(Terminal terminal, int mebibytes)
{
    private readonly IAnsiConsole _console = terminal.CreateConsole();

    public void Begin(IPEndPoint server, DemoCertificates certificates)
    {
        _console.MarkupLineInterpolated($"[bold]TlsFsm demo[/]: {mebibytes} MiB there and back over {server}, both ends ours");
        _console.MarkupLineInterpolated(
            $"[grey]made in memory: {Name(certificates.Root)} signs {Name(certificates.Leaf)}; the client trusts this root alone[/]");
    }

    /// <summary>Shows how far the echo is, until <paramref name="ended"/>.</summary>
    public async Task ShowProgressAsync(Func<long> received, Task ended)
    {
        var size = (double)((long)mebibytes << 20);
        if (!terminal.IsInteractive)
        {
            _console.WriteLine("connected, the echo begins");
            for (var next = 0.25; next < 1; next += 0.25)
            {
                while (received() < next * size && !ended.IsCompleted)
                    await Task.WhenAny(ended, Task.Delay(RefreshEvery));
                if (received() >= next * size)
                    _console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"echoed {next:P0}"));
            }

            await ended;
            return;
        }

        await _console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(),
                new TransferSpeedColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask("echo", maxValue: size);
                while (!ended.IsCompleted)
                {
                    await Task.WhenAny(ended, Task.Delay(RefreshEvery));
                    task.Value = received();
                }
            });
    }

    public void Result(TlsConnection client, TlsConnection server, TimeSpan handshake, TimeSpan? echo)
    {
        _console.WriteLine();
        if (client.Session is { } session)
            _console.Write(NegotiatedTable(session, handshake));
        _console.Write(PathTable("The client's way", client));
        _console.Write(PathTable("The server's way", server));
        _console.Write(OutcomeTable(client, server, echo));
        if (client.CloseReason == CloseReason.Clean && server.CloseReason == CloseReason.Clean && echo is not null)
            _console.MarkupLine("[green]Every byte came back, and both ends ended clean.[/]");
    }

    /// <summary>What was measured behind the demonstration.</summary>
    public void Speed(Throughput speed)
    {
        _console.WriteLine(Invariant($"After warm-up, one way over loopback TCP, both ends here: {speed.OursMebibytes:F0} MiB/s"));
        if (speed.SslStreamMebibytes is { } other)
            _console.WriteLine(Invariant(
                $"SslStream, the same way on the same machine: {other:F0} MiB/s; ours is {speed.OursMebibytes / other:F2} times as fast"));
    }

    private static Table NegotiatedTable(TlsSessionInfo session, TimeSpan handshake)
    {
        var table = NewTable("Negotiated").HideHeaders().AddColumn("fact").AddColumn("value");
        foreach (var (name, value) in Negotiated.Facts(session))
            table.AddRow(new Text(name), new Text(value));
        table.AddRow(new Text("Verified"), new Text($"chain to the root, host name {DemoCertificates.Host}"));
        table.AddRow(
            new Text("TCP and handshake"), new Text(string.Create(CultureInfo.InvariantCulture, $"{handshake.TotalMilliseconds:F0} ms")));
        return table;
    }

    private static Table PathTable(string title, TlsConnection connection)
    {
        var table = NewTable(title)
            .AddColumn(new TableColumn("ms").RightAligned()).AddColumn("machine").AddColumn("from").AddColumn("because of").AddColumn("to");
        var steps = connection.Transitions;
        foreach (var step in steps)
            table.AddRow(
                new Text(string.Create(CultureInfo.InvariantCulture, $"{(step.Time - steps[0].Time).TotalMilliseconds:F0}")),
                new Text(step.Machine, step.Machine == "Tls" ? new Style(Color.Aqua) : new Style(Color.Yellow)),
                new Text(step.From),
                new Text(step.Trigger),
                new Text(step.To, new Style(decoration: Decoration.Bold)));
        return table;
    }

    private Table OutcomeTable(TlsConnection client, TlsConnection server, TimeSpan? echo)
    {
        var table = NewTable("Outcome").HideHeaders().AddColumn("what").AddColumn("value");
        table.AddRow(new Text("Client ended"), ReasonText(client.CloseReason));
        table.AddRow(new Text("Server ended"), ReasonText(server.CloseReason));
        if (echo is { } took)
        {
            var rate = mebibytes / took.TotalSeconds;
            table.AddRow("Echo", Invariant($"{mebibytes} MiB there and back in {took.TotalSeconds:F2} s, every byte checked"));
            table.AddRow("Throughput", Invariant($"{rate:F0} MiB/s in each direction, {2 * rate:F0} MiB/s in both together"));
        }

        return table;
    }

    private static Text ReasonText(CloseReason reason) =>
        new(reason.ToString(), new Style(reason == CloseReason.Clean ? Color.Green : Color.Red));

    private static Table NewTable(string title) => new Table()
        .Title(new TableTitle(title, new Style(decoration: Decoration.Bold)))
        .Border(TableBorder.Rounded)
        .BorderColor(Color.Grey);

    private static string Name(X509Certificate2 certificate) =>
        certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    private static readonly TimeSpan RefreshEvery = TimeSpan.FromMilliseconds(50);
}
