using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using BenchmarkDotNet.Running;
using Spectre.Console;
using TlsFsm.Benchmarks.Compare;
using TlsFsm.Benchmarks.Figures;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Reporting;

var quick = new Option<bool>("--quick") { Description = "Within a minute: fewer and shorter rounds, no thousands of connections." };
var output = new Option<DirectoryInfo?>("--output") { Description = "Where to write comparison.md, ratios.svg and rates.svg. Without it nothing is written." };
var only = new Option<string[]>("--only") { Description = "Figures to measure, by id.", AllowMultipleArgumentsPerToken = true };
var guard = new Option<double?>("--guard") { Description = "Fail (exit code 1) when a figure is worse than what must be reached by more than this many percent: a guard against regressions." };
var compare = new Command("compare", "Measures the engine and its peers in one run, interleaved, and prints the ratios.") { quick, output, only, guard };
compare.SetAction(result =>
{
    var wanted = result.GetValue(only);
    var clock = Stopwatch.StartNew();
    var report = Comparison.Run(
        result.GetValue(quick) ? Effort.Quick : Effort.Full, wanted is { Length: > 0 } ? wanted : null,
        title => AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[grey]{clock.Elapsed.TotalSeconds,6:0.0} s  {title}[/]"));
    ConsoleReport.Write(report);
    AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[grey]{clock.Elapsed.TotalSeconds:0.0} s[/]");
    if (result.GetValue(output) is { } directory)
    {
        directory.Create();
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        File.WriteAllText(Path.Combine(directory.FullName, "comparison.md"), MarkdownReport.Format(report), encoding);
        File.WriteAllText(Path.Combine(directory.FullName, "ratios.svg"), Plots.Ratios(report), encoding);
        File.WriteAllText(Path.Combine(directory.FullName, "rates.svg"), Plots.Rates(report), encoding);
    }

    var failed = result.GetValue(guard) is { } margin ? report.Targets.Where(target => target.IsWorseBy(margin)).ToList() : [];
    foreach (var target in failed)
        AnsiConsole.MarkupLineInterpolated($"[red]{target.Title}: {target.Text(target.Value!.Value)}, must be {target.Bound(target.Must)}[/]");
    return failed.Count == 0 ? 0 : 1;
});

var arguments = new Argument<string[]>("arguments") { Description = "For BenchmarkDotNet, such as --filter '*'.", Arity = ArgumentArity.ZeroOrMore };
var micro = new Command("micro", "Runs the micro benchmarks.") { arguments };
micro.TreatUnmatchedTokensAsErrors = false;
micro.SetAction(result =>
{
    BenchmarkSwitcher.FromAssembly(typeof(Comparison).Assembly).Run([.. result.GetValue(arguments) ?? [], .. result.UnmatchedTokens]);
});

// The other processes of the memory figures are this program again.
var contender = new Argument<string>("contender");
var port = new Argument<int>("port");
var size = new Argument<int>("size");
var holdServer = new Command("hold-server") { contender, size };
holdServer.Hidden = true;
holdServer.SetAction((result, _) => HoldingServer.RunAsync(result.GetRequiredValue(contender), result.GetRequiredValue(size)));
var holdClient = new Command("hold-client") { port, size };
holdClient.Hidden = true;
holdClient.SetAction((result, _) => HoldingClient.RunAsync(result.GetRequiredValue(port), result.GetRequiredValue(size)));

return await new RootCommand("Measures the engine.") { compare, micro, holdServer, holdClient }.Parse(args).InvokeAsync();
