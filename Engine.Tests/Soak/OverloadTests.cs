using TlsFsm.Soak;
using TlsFsm.Soak.Overload;
using TlsFsm.Tests.Hosting;

namespace TlsFsm.Tests.Soak;

/// <summary>What <c>overload</c> measures and says. How long anything takes is the machine's, and is not asked.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class OverloadTests
{
    [Test]
    public async Task Honest_clients_are_served_beside_every_attack()
    {
        var settings = Few with { Attacks = [Attack.Slowloris, Attack.Hellos, Attack.KeyUpdates] };
        using var progress = new StringWriter();
        var run = new OverloadRun(settings, progress);

        await run.RunAsync().WaitAsync(Wait.Limit);

        Assert.That(run.Rows.Select(row => row.IsWhole), Has.All.True, progress.ToString());
        var report = OverloadReport.Write(settings, run.Rows).Split('\n');
        Assert.That(report.Count(line => line.Contains("| 6 |", StringComparison.Ordinal)), Is.EqualTo(3), string.Join("\n", report));
    }

    [Test]
    public async Task What_was_measured_before_an_interruption_stays()
    {
        using var interrupted = new CancellationTokenSource();
        using var progress = new StringWriter();
        var settings = Few with { Attacks = [Attack.Nothing, Attack.Storm], Time = TimeSpan.FromHours(1), Samples = int.MaxValue };
        var run = new OverloadRun(settings, progress);

        var running = run.RunAsync(interrupted.Token);
        await interrupted.CancelAsync();
        await running.WaitAsync(Wait.Limit);

        Assert.That(run.Rows, Has.Count.LessThan(2));
    }

    [Test]
    public void Who_is_still_waiting_counts_with_the_time_it_has_waited()
    {
        var row = new OverloadRow(Attack.Slowloris, served: [10, 20], waited: [5000], failed: 0, isInterrupted: false);

        Assert.That(row.ToMarkdown(), Does.Contain("| 2, 1 still waiting | 20 | over 5,000 |"));
        Assert.That(row.IsWhole);
        Assert.That(new OverloadRow(Attack.Storm, [1], [], failed: 1, isInterrupted: false).IsWhole, Is.False);
        Assert.That(new OverloadRow(Attack.Storm, [], [], failed: 0, isInterrupted: false).IsWhole, Is.False);
    }

    [TestCase("--attackers", "0")]
    [TestCase("--samples", "10001")]
    [TestCase("--time", "ever")]
    [TestCase("--attacks", "Carrier")]
    public async Task Arguments_that_make_no_sense_are_refused(string option, string value)
    {
        Assert.That(await SoakCommand.RunAsync(["overload", option, value]), Is.EqualTo(2));
    }

    private static OverloadSettings Few => new(
        [Attack.Nothing], Attackers: 3, Clients: 2, Samples: 6, Time: TimeSpan.FromMinutes(1), MaxHandshakes: 10,
        Grace: TimeSpan.FromSeconds(1));
}
