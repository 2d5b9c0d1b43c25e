using System.Xml.Linq;
using TlsFsm.Soak;
using TlsFsm.Soak.Judging;
using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Reporting;
using TlsFsm.Tests.Hosting;

namespace TlsFsm.Tests.Soak;

/// <summary>The soak itself: its plans, a short load over every host, its report.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SoakTests
{
    private static readonly HostKind[] Hosts = Enum.GetValues<HostKind>();
    private static readonly WireFault[] Faults = Enum.GetValues<WireFault>();

    [Test]
    public void The_same_seed_gives_the_same_plans_and_another_one_others()
    {
        var plans = Plans(7);

        Assert.That(Plans(7), Is.EqualTo(plans));
        Assert.That(Plans(8), Is.Not.EqualTo(plans));
        Assert.That(plans[0].OnTheWay(true).Next(), Is.EqualTo(Plans(7)[0].OnTheWay(true).Next()));
        Assert.That(plans.Select(plan => (plan.Host, plan.Fault)).Distinct().Count(), Is.EqualTo((Hosts.Length * Faults.Length) - 4));
        Assert.That(plans.Select(plan => plan.Contents(true)).Distinct().Count(), Is.EqualTo(plans.Length));
    }

    [Test]
    public async Task A_short_load_over_all_hosts_breaks_nothing()
    {
        var settings = new SoakSettings(Seed: 15, TimeSpan.FromMinutes(5), Connections: 60, Hosts, Faults) { Limit = 120, IsAlone = false };
        await using var soak = new TlsFsm.Soak.Soak(settings);

        await soak.RunAsync().WaitAsync(Wait.Limit * 2);

        Assert.That(soak.Score.Broken, Is.Empty);
        Assert.That(soak.Score.Played, Is.EqualTo(120));
        Assert.That(soak.Score.Struck, Is.GreaterThan(10));
        Assert.That(soak.Score.Hosts.Keys, Is.EquivalentTo(Hosts));
    }

    [Test]
    public void A_section_is_replaced_where_it_stands_and_what_is_around_it_stays()
    {
        var document = Section.Replace("# Title\n", "soak", "one");
        document = Section.Replace(document + "\nBehind.\n", "soak", "two");

        Assert.That(document, Does.StartWith("# Title\n").And.EndsWith("Behind.\n").And.Contain("two").And.Not.Contain("one"));
    }

    [Test]
    public void The_plot_is_a_drawing_of_both_lines()
    {
        var course = new[] { 0, 1, 2 }.Select(second =>
            new Vitals(TimeSpan.FromSeconds(second), 1, (10 + second) << 20, 80 << 20, 4, 9, 1, 20)).ToList();

        var drawing = XDocument.Parse(MemoryPlot.Draw(course));

        Assert.That(drawing.Descendants().Count(element => element.Name.LocalName == "polyline"), Is.EqualTo(2));
    }

    [TestCase("--time", "soon")]
    [TestCase("--connections", "0")]
    [TestCase("--hosts", "Carrier")]
    public async Task Arguments_that_make_no_sense_are_refused(string option, string value)
    {
        Assert.That(await SoakCommand.RunAsync([option, value]), Is.EqualTo(2));
    }

    private static ConnectionPlan[] Plans(long seed) =>
        [.. Enumerable.Range(1, 4000).Select(number => ConnectionPlan.Of(seed, number, Hosts, Faults))];
}
