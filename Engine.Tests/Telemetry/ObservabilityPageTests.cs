using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Telemetry;

/// <summary>docs/observability.md and the dashboard name what there is, and all of it.</summary>
[TestFixture]
internal sealed partial class ObservabilityPageTests
{
    private static string Page => File.ReadAllText(Path.Combine(Repository.Folder, "docs", "observability.md"));

    [Test]
    public void The_table_of_instruments_is_what_the_meter_has()
    {
        using var meter = new MeterLog();
        MeteredEngines.Make(meter);

        var instruments = meter.Instruments.Select(
            one => $"`{one.Name}` | {one.GetType().Name.Split('`')[0]} | `{one.Unit}` | {one.Description}");

        Assert.That(
            Rows("tlsfsm.").Select(row => string.Join(" | ", row.Take(4))), Is.EquivalentTo(instruments));
    }

    [Test]
    public void Every_attribute_that_is_measured_is_in_the_instruments_row()
    {
        using var meter = new MeterLog();
        MeteredEngines.Make(meter).Live();
        MeteredEngines.Make(meter, client: one => one with { TargetHost = "somebody.else.test" }).Connect();
        MeteredEngines.Make(meter, client: one => one with { Limits = TlsLimits.Default with { MaxKeyUpdatesWithoutData = 1 } }).Flood();
        meter.Observe("tlsfsm.active_connections");

        var documented = Rows("tlsfsm.").SelectMany(
            row => row[4].Split(", ").Select(attribute => (row[0].Trim('`'), attribute.Trim('`'))));

        Assert.That(meter.Attributes.Distinct().Except(documented), Is.Empty);
    }

    [Test]
    public void The_table_of_log_entries_is_what_the_library_logs_and_no_number_is_there_twice()
    {
        var entries = (
            from type in typeof(TlsConnection).Assembly.GetTypes()
            from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
            where attribute is not null
            orderby attribute.EventId
            select $"{attribute.EventId} | {method.Name} | {attribute.Level} | {attribute.Message}").ToList();

        Assert.That(entries.Select(entry => entry.Split(' ')[0]), Is.Unique);
        var numbered = Rows("").Where(row => row[0].Length > 0 && char.IsAsciiDigit(row[0][0]));
        Assert.That(numbered.Select(row => string.Join(" | ", row)), Is.EqualTo(entries));
    }

    [Test]
    public void The_dashboard_asks_for_metrics_and_labels_that_exist()
    {
        using var meter = new MeterLog();
        MeteredEngines.Make(meter);
        var exported = meter.Instruments.SelectMany(one => PrometheusNames(one.Name, one.Unit!, one.GetType().Name)).ToHashSet();
        var labels = Rows("tlsfsm.").SelectMany(row => row[4].Split(", ")).Select(one => one.Trim('`').Replace('.', '_'))
            .Append("le").ToHashSet();
        using var dashboard = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(Repository.Folder, "docs", "observability", "dashboard.json")));

        var queries = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!).ToList();

        var asked = queries.SelectMany(query => Metric().Matches(Labels().Replace(query, "")).Select(match => match.Value));
        Assert.That(asked.Except(exported), Is.Empty);
        Assert.That(
            queries.SelectMany(query => Labels().Matches(query).SelectMany(match => match.Groups[1].Value.Split(", "))).Except(labels),
            Is.Empty);
        Assert.That(
            meter.Instruments.Select(one => one.Name.Replace('.', '_')).Where(
                name => !queries.Any(query => query.Contains(name, StringComparison.Ordinal))),
            Is.Empty, "each has its panel");
    }

    /// <summary>As OpenTelemetry's exporter names them: the unit behind the name, and _total behind a counter's.</summary>
    private static IEnumerable<string> PrometheusNames(string name, string unit, string kind)
    {
        var full = name.Replace('.', '_') + unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return kind.Split('`')[0] switch
        {
            "Counter" => [full + "_total"],
            "Histogram" => [full + "_bucket", full + "_sum", full + "_count"],
            _ => [full],
        };
    }

    private static IEnumerable<string[]> Rows(string prefix) =>
        from line in Page.Split('\n')
        where line.StartsWith("| ", StringComparison.Ordinal)
        let cells = line.Trim().Trim('|').Split(" | ").Select(cell => cell.Trim()).ToArray()
        where cells[0].Trim('`').StartsWith(prefix, StringComparison.Ordinal)
        select cells;

    [GeneratedRegex("tlsfsm_[a-z_]+(?=[{\\[) ]|$)")]
    private static partial Regex Metric();

    [GeneratedRegex("by \\(([^)]*)\\)")]
    private static partial Regex Labels();
}
