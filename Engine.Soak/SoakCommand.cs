using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using TlsFsm.Soak.Judging;
using TlsFsm.Soak.Overload;
using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Reporting;

namespace TlsFsm.Soak;

/// <summary>The command line.</summary>
internal static class SoakCommand
{
    /// <returns>0 when nothing is broken, 1 when something is, 2 for arguments that make no sense.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var time = Durations.Option("--time", TimeSpan.FromMinutes(2), "How long connections are begun: 30s, 2m, 1h.");
        var standstill = Durations.Option(
            "--standstill", TimeSpan.FromSeconds(90), "When nothing has moved anywhere for so long, who is left is stuck.");
        var connections = new Option<int>("--connections")
        {
            Description = "How many at once, 1 to 5000.",
            DefaultValueFactory = _ => 1000,
        };
        connections.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() is < 1 or > 5000)
                result.AddError("--connections should be 1 to 5000.");
        });
        var seed = new Option<long>("--seed") { Description = "Gives every connection its plan.", DefaultValueFactory = _ => 1 };
        var only = new Option<long?>("--only") { Description = "Plays this one connection of the seed, and says how it went." };
        var hosts = new Option<HostKind[]>("--hosts") { Description = "Over what. All by default.", AllowMultipleArgumentsPerToken = true };
        var faults = new Option<WireFault[]>("--faults") { Description = "What happens. All by default.", AllowMultipleArgumentsPerToken = true };
        var report = new Option<FileInfo?>("--report")
        {
            Description = "A Markdown file whose part of the soak is replaced; the plot goes beside it.",
        };
        var root = new RootCommand("Many TLS connections under faults by seed; every byte, every end and everything left over is judged.")
        {
            time, standstill, connections, seed, only, hosts, faults, report,
        };
        root.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = new SoakSettings(
                parsed.GetValue(seed), parsed.GetValue(time), parsed.GetValue(connections),
                parsed.GetValue(hosts) is { Length: > 0 } someHosts ? someHosts : Enum.GetValues<HostKind>(),
                parsed.GetValue(faults) is { Length: > 0 } someFaults ? someFaults : Enum.GetValues<WireFault>())
            {
                Only = parsed.GetValue(only),
                Standstill = parsed.GetValue(standstill),
            };
            return await RunAsync(settings, parsed.GetValue(report), cancellationToken);
        });

        root.Subcommands.Add(OverloadCommand.Create());

        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count == 0)
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = PatienceAfterCtrlC });

        foreach (var error in parsed.Errors)
            await Console.Error.WriteLineAsync(error.Message);
        return 2;
    }

    private static async Task<int> RunAsync(SoakSettings settings, FileInfo? report, CancellationToken cancellationToken)
    {
        await using var soak = new Soak(settings);
        var isWhole = await WatchAsync(soak, cancellationToken);
        foreach (var broken in soak.Score.Broken.Take(20))
            await Console.Error.WriteLineAsync(broken);
        if (settings.Only is not null)
        {
            Console.WriteLine($"{settings.Plan(settings.Only.Value)}");
            foreach (var ((fault, client, server), _) in soak.Score.Ends)
                Console.WriteLine($"{fault}: client {client?.ToString() ?? "none"}, server {server?.ToString() ?? "none"}");
        }
        else if (report is not null)
        {
            var plot = $"{Path.GetFileNameWithoutExtension(report.Name)}-memory.svg";
            var text = SoakReport.Write(soak, settings, DateOnly.FromDateTime(DateTime.UtcNow), plot);
            var document = report.Exists ? await File.ReadAllTextAsync(report.FullName, CancellationToken.None) : "";
            await File.WriteAllTextAsync(report.FullName, Section.Replace(document, "soak", text), CancellationToken.None);
            await File.WriteAllTextAsync(
                Path.Combine(report.DirectoryName!, plot), MemoryPlot.Draw(soak.Course), CancellationToken.None);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{soak.Score.Played} connections with seed {settings.Seed}, {soak.Score.Struck} struck, {soak.Score.Broken.Count} broken oracles"));
        return isWhole ? 0 : 1;
    }

    private static async Task<bool> WatchAsync(Soak soak, CancellationToken cancellationToken)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive)
            return await soak.RunAsync(now => Say(soak.Score, now), cancellationToken);

        var isWhole = false;
        await AnsiConsole.Live(new Table()).StartAsync(async live =>
        {
            isWhole = await soak.RunAsync(now => live.UpdateTarget(Table(soak.Score, now)), cancellationToken);
        });
        return isWhole;
    }

    /// <summary>Where nobody looks at a table: a line now and then.</summary>
    private static void Say(Score score, Vitals now)
    {
        if ((int)now.At.TotalSeconds % 15 == 0)
            Console.WriteLine(
                $"{now.At:hh\\:mm\\:ss} {now.Open} open, {score.Played} played, {score.Broken.Count} broken, {now.HeapBytes >> 20} MiB, "
                + $"{now.Sockets} sockets, {now.Timers} timers, {now.Threads} threads");
    }

    private static Table Table(Score score, Vitals now)
    {
        var table = new Table().AddColumns("time", "open", "played", "struck", "broken", "heap MiB", "sockets", "timers", "threads");
        return table.AddRow(
            $"{now.At:hh\\:mm\\:ss}", $"{now.Open}", $"{score.Played}", $"{score.Struck}", $"{score.Broken.Count}",
            $"{now.HeapBytes >> 20}", $"{now.Sockets}", $"{now.Timers}", $"{now.Threads}");
    }

    /// <summary>What was begun is played to its end and judged.</summary>
    private static readonly TimeSpan PatienceAfterCtrlC = TimeSpan.FromMinutes(5);
}
