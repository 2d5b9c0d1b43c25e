using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using TlsFsm.Benchmarks.Compare;
using TlsFsm.Benchmarks.Cost;
using TlsFsm.Benchmarks.Figures;
using TlsFsm.Benchmarks.Hosts;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Micro;
using TlsFsm.Benchmarks.Reporting;

var quick = new Option<bool>(
    "--quick") { Description =
        "Within a minute: fewer and shorter rounds, not everybody, no thousands of connections. The report says who is left out." };
var output = new Option<DirectoryInfo?>("--output") { Description = "Where to write benchmarks.md, ratios.svg and rates.svg." };
var writeDocs = new Option<bool>("--write-docs") { Description = "Write docs/benchmarks.md, its pictures, and the table in README.md." };
var only = new Option<string[]>("--only") { Description = "Figures to measure, by id.", AllowMultipleArgumentsPerToken = true };
only.Validators.Add(result =>
{
    foreach (var unknown in result.Tokens.Select(token => token.Value).Except(Catalogue.Ids))
        result.AddError($"--only has no figure '{unknown}'; there are {string.Join(", ", Catalogue.Ids)}.");
});
var guard = new Option<double?>("--guard")
{
    Description =
        $"Measure only what the guarded ratios need, print them as Markdown, and fail (exit code 1) when one is below what must be "
        + $"reached by more than this many percent (default {Guard.DefaultMargin}), twice in a row.",
    Arity = ArgumentArity.ZeroOrOne,
};
var compare = new Command(
    "compare", "Measures the engine and its peers in one run, interleaved, and prints the ratios.") { quick, output, writeDocs,
        only, guard };
compare.SetAction(result =>
{
    var clock = Stopwatch.StartNew();
    if (result.GetResult(guard) is not null)
    {
        var (isGood, markdown) = Guard.Run(
            result.GetValue(guard) ?? Guard.DefaultMargin,
            title => Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,6:0.0} s  {title}"));
        Console.WriteLine(markdown);
        return isGood ? 0 : 1;
    }

    var wanted = result.GetValue(only);
    var report = Comparison.Run(
        result.GetValue(quick) ? Effort.Quick : Effort.Full, wanted is { Length: > 0 } ? wanted : null,
        title => AnsiConsole.MarkupLineInterpolated(
            CultureInfo.InvariantCulture, $"[grey]{clock.Elapsed.TotalSeconds,6:0.0} s  {title}[/]"));
    ConsoleReport.Write(report);
    AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[grey]{clock.Elapsed.TotalSeconds:0.0} s[/]");
    if (result.GetValue(output) is { } folder)
        Documents.Write(report, folder);
    if (result.GetValue(writeDocs))
        Documents.WriteDocs(report);
    return 0;
});

var arguments = new Argument<string[]>(
    "arguments") { Description = "For BenchmarkDotNet, such as --filter '*Machine*' or --job medium. Default: all, a short job.", Arity =
        ArgumentArity.ZeroOrMore };
var micro = new Command("micro", "Runs the micro benchmarks.") { arguments };
micro.TreatUnmatchedTokensAsErrors = false;
micro.SetAction(result => MicroRun.Run([.. result.GetValue(arguments) ?? [], .. result.UnmatchedTokens]));

var repetitions = new Option<int>("--repetitions") { Description = "Of each size; the best counts.", DefaultValueFactory = _ => 5 };
var worst = new Command("worst", "Measures the worst input of each message that comes before anybody has proved anything.") { repetitions };
worst.SetAction(result => WorstCosts.Measure(Console.Out, result.GetValue(repetitions)) ? 0 : 1);

var writeMemory = new Option<bool>("--write-docs") { Description = "Write the table into docs/security/memory.md." };
var types = new Option<bool>("--types") { Description = "What an idle connection holds, by type, instead." };
var memory = new Command("memory", "Measures what a connection holds in each phase of its life.") { writeMemory, types };
memory.SetAction(result =>
{
    if (result.GetValue(types))
    {
        Console.WriteLine(PhaseMemory.Types(isServer: true));
        Console.WriteLine(PhaseMemory.Types(isServer: false));
        Console.WriteLine(PhaseMemory.HostedTypes());
        return;
    }

    var table = PhaseMemory.Measure();
    Console.Write(table);
    if (result.GetValue(writeMemory))
        Documents.WriteMemory(table);
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

// Hosts take minutes, and another program: they are measured apart.
var writeHosts = new Option<bool>("--write-docs") { Description = "Write the table into docs/kestrel.md." };
var hosts = new Command("hosts", "Measures Kestrel over the engine beside Kestrel over .NET's own TLS; needs h2load.") { quick, writeHosts };
hosts.SetAction(result =>
{
    var clock = Stopwatch.StartNew();
    var table = new HostComparison(
        result.GetValue(quick), title => Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,6:0.0} s  {title}")).Run();
    Console.WriteLine(table);
    if (result.GetValue(writeHosts))
        Documents.WriteHosts(table);
});
var webServer = new Command("web-server") { contender };
webServer.Hidden = true;
webServer.SetAction((result, _) => WebServer.RunAsync(result.GetRequiredValue(contender)));

return await new RootCommand("Measures the engine.") { compare, micro, hosts, worst, memory, holdServer, holdClient, webServer }.Parse(args).InvokeAsync();
