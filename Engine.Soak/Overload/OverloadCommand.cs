using System.CommandLine;
using TlsFsm.Soak.Reporting;

namespace TlsFsm.Soak.Overload;

/// <summary>The command <c>overload</c>, and the two by which it starts itself for the other sides.</summary>
internal static class OverloadCommand
{
    public static Command Create()
    {
        var attackers = Count("--attackers", 300, 4000, "How many at once.");
        var clients = Count("--clients", 4, 1000, "Honest clients at once, each with one connection after another.");
        var samples = Count("--samples", 200, 10_000, "Honest connections under each attack, as far as there is time for them.");
        var handshakes = Count("--max-handshakes", 100, 100_000, "TlsListenerOptions.MaxHandshakes of the listener.");
        var time = Durations.Option("--time", TimeSpan.FromSeconds(20), "How long honest connections are begun under each attack: 20s, 1m.");
        var grace = Durations.Option("--grace", TimeSpan.FromSeconds(2), "TlsListenerOptions.HandshakeGrace of the listener.");
        var attacks = new Option<Attack[]>("--attacks") { Description = "Which. All by default.", AllowMultipleArgumentsPerToken = true };
        var report = new Option<FileInfo?>("--report") { Description = "A Markdown file whose part of the overload is replaced." };
        var command = new Command("overload", "What honest clients notice when others storm, hold or burden a listener.")
        {
            attackers, clients, samples, time, attacks, handshakes, grace, report,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new OverloadSettings(
                parsed.GetValue(attacks) is { Length: > 0 } some ? some : Enum.GetValues<Attack>(),
                parsed.GetValue(attackers),
                parsed.GetValue(clients),
                parsed.GetValue(samples),
                parsed.GetValue(time),
                parsed.GetValue(handshakes),
                parsed.GetValue(grace)),
            parsed.GetValue(report),
            cancellationToken));
        command.Subcommands.Add(Listener());
        command.Subcommands.Add(Attackers());
        return command;
    }

    private static async Task<int> RunAsync(OverloadSettings settings, FileInfo? report, CancellationToken cancellationToken)
    {
        var run = new OverloadRun(settings, Console.Error);
        await run.RunAsync(cancellationToken);
        var text = OverloadReport.Write(settings, run.Rows);
        Console.WriteLine(text);
        if (cancellationToken.IsCancellationRequested)
            return Interrupted;

        if (report is not null)
        {
            var document = report.Exists ? await File.ReadAllTextAsync(report.FullName, CancellationToken.None) : "";
            var dated = $"{DateTime.UtcNow:yyyy-MM-dd}. {text}";
            await File.WriteAllTextAsync(report.FullName, Section.Replace(document, "overload", dated), CancellationToken.None);
        }

        return run.Rows.All(row => row.IsWhole) ? 0 : 1;
    }

    private static Command Listener()
    {
        var (handshakes, grace) = (new Argument<int>("handshakes"), new Argument<int>("grace"));
        var command = new Command(OverloadRun.ListenerCommand, "The side of the listener.") { handshakes, grace };
        command.Hidden = true;
        command.SetAction((parsed, _) =>
            ListenerSide.RunAsync(parsed.GetValue(handshakes), TimeSpan.FromMilliseconds(parsed.GetValue(grace))));
        return command;
    }

    private static Command Attackers()
    {
        var (attack, port, attackers) = (new Argument<Attack>("attack"), new Argument<int>("port"), new Argument<int>("attackers"));
        var command = new Command(OverloadRun.AttackersCommand, "The side of the attackers.") { attack, port, attackers };
        command.Hidden = true;
        command.SetAction((parsed, _) =>
            AttackerSide.RunAsync(parsed.GetValue(attack), parsed.GetValue(port), parsed.GetValue(attackers)));
        return command;
    }

    private static Option<int> Count(string name, int usual, int most, string description)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var given) && (given < 1 || given > most))
                result.AddError($"{name} should be 1 to {most}; got {given}.");
        });
        return option;
    }

    /// <summary>What shells say of a program that Ctrl+C has ended.</summary>
    private const int Interrupted = 130;
}
