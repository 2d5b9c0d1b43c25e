using System.Diagnostics;
using System.Globalization;

namespace TlsFsm.Soak.Overload;

/// <summary>
/// A listener beyond its bounds, and what honest clients notice of it. Listener, attackers and honest clients are a process each, so that
/// what each costs can be told apart.
/// </summary>
/// <param name="settings">What is asked.</param>
/// <param name="progress">Told how it goes, a line now and then.</param>
internal sealed class OverloadRun(OverloadSettings settings, TextWriter progress)
{
    private readonly List<OverloadRow> _rows = [];

    /// <summary>What is known until now, a row for each attack.</summary>
    public IReadOnlyList<OverloadRow> Rows => _rows;

    /// <summary>Plays all of it, each attack within its time.</summary>
    /// <param name="cancellationToken">Ends it early; what was measured stays, the attack that was interrupted too.</param>
    /// <exception cref="IOException">A process of ours has ended early.</exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        await using var listener = new HelperProcess(
            "overload", ListenerCommand, $"{settings.MaxHandshakes}", $"{(int)settings.Grace.TotalMilliseconds}");
        var told = (await listener.HearAsync(CancellationToken.None)).Split(' ');
        var (port, root) = (int.Parse(told[0], CultureInfo.InvariantCulture), told[1]);

        // What is compiled at the first connections is nobody's attack.
        await progress.WriteLineAsync($"warming up by {WarmUp} connections; then {settings.Attacks.Count} rounds");
        using (var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            patience.CancelAfter(settings.Time);
            await new HonestClients(port, HonestClients.Options(root)).RunAsync(settings.Clients, WarmUp, patience.Token, patience.Token);
        }

        foreach (var attack in settings.Attacks)
        {
            if (cancellationToken.IsCancellationRequested)
                return;

            _rows.Add(attack == Attack.Nothing
                ? await MeasureAsync(attack, listener, null, port, root, cancellationToken)
                : await UnderAttackAsync(attack, listener, port, root, cancellationToken));
        }
    }

    private async Task<OverloadRow> UnderAttackAsync(
        Attack attack, HelperProcess listener, int port, string root, CancellationToken cancellationToken)
    {
        await using var attackers = new HelperProcess(
            "overload", AttackersCommand, $"{attack}", $"{port}", $"{settings.Attackers}");
        await attackers.SayAsync(root);
        await progress.WriteLineAsync($"{attack}: {settings.Attackers} attackers begin");
        await attackers.HearAsync(CancellationToken.None);
        return await MeasureAsync(attack, listener, attackers, port, root, cancellationToken);
    }

    private async Task<OverloadRow> MeasureAsync(
        Attack attack, HelperProcess listener, HelperProcess? attackers, int port, string root, CancellationToken cancellationToken)
    {
        var honest = new HonestClients(port, HonestClients.Options(root));
        using var last = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (shedBefore, doneBefore) = ((await listener.CountAsync())[1], await DoneAsync(attackers));
        var cpu = (listener.Cpu, Attackers: attackers?.Cpu ?? default, Environment.CpuUsage.TotalTime);
        var clock = Stopwatch.StartNew();
        var running = honest.RunAsync(settings.Clients, settings.Samples, last.Token, over.Token);
        last.CancelAfter(settings.Time);
        over.CancelAfter(settings.Time * 2);
        long most = 0;
        for (var look = 0; await Task.WhenAny(running, Task.Delay(BetweenLooks, CancellationToken.None)) != running; look++)
        {
            var open = (await listener.CountAsync())[2];
            most = Math.Max(most, open);
            if (look % LooksForALine == LooksForALine - 1)
                await progress.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{attack}, {clock.Elapsed.TotalSeconds:0} s: {honest.Served.Count} of {settings.Samples} honest clients served, "
                    + $"{open} connections open"));
        }

        await running;
        var seconds = clock.Elapsed.TotalSeconds;
        var after = await listener.CountAsync();
        foreach (var failure in honest.Failures.Distinct().Take(MostFailures))
            await progress.WriteLineAsync($"{attack}: an honest client was not served: {failure}");
        return new OverloadRow(attack, honest.Served, honest.Waited, honest.Failures.Count, cancellationToken.IsCancellationRequested)
        {
            AttacksASecond = (await DoneAsync(attackers) - doneBefore) / seconds,
            Shed = after[1] - shedBefore,
            Most = Math.Max(most, after[2]),
            ListenerCpu = (listener.Cpu - cpu.Cpu).TotalSeconds / seconds,
            AttackersCpu = ((attackers?.Cpu ?? default) - cpu.Attackers).TotalSeconds / seconds,
            HonestCpu = (Environment.CpuUsage.TotalTime - cpu.TotalTime).TotalSeconds / seconds,
        };
    }

    private static async Task<long> DoneAsync(HelperProcess? attackers) => attackers is null ? 0 : (await attackers.CountAsync())[0];

    public const string ListenerCommand = "listener";
    public const string AttackersCommand = "attackers";

    private const int WarmUp = 50;
    private const int LooksForALine = 10;
    private const int MostFailures = 3;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);
}
