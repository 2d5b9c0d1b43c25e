using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TlsFsm.Mutation;

// Its own workers.
switch (args)
{
    case ["serve", var folder, var active]:
        Worker.Serve(folder, int.Parse(active, CultureInfo.InvariantCulture));
        return 0;
    case ["cover", var folder, var file, var print]:
        var known = File.Exists(file) ? JsonSerializer.Deserialize<Coverage>(File.ReadAllText(file))! : null;
        var coverage = new Worker(folder, 0).Cover(known?.Print == print ? known : new() { Print = print });
        File.WriteAllText(file, JsonSerializer.Serialize(coverage));
        return 0;
}

var targets = new Option<string[]>("--folders")
{
    Description = "Folders of the repository whose code is changed.",
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ =>
        ["Engine/Machines", "Engine/Buffers", "Engine/Connection", "Engine/Core/Sessions", "Engine/Core/Strictness", "Engine/Core/Certificates"],
};
var sample = new Option<double>("--sample") { Description = "The part of the mutants that is tried, 0 to 1.", DefaultValueFactory = _ => 1 };
var seed = new Option<int>("--seed") { Description = "Which part.", DefaultValueFactory = _ => 1 };
var workers = new Option<int>("--workers") { Description = "Processes at once.", DefaultValueFactory = _ => Environment.ProcessorCount };
var budget = new Option<double>("--budget") { Description = "Seconds of tests for one mutant.", DefaultValueFactory = _ => 10 };
var only = new Option<int[]>("--only") { Description = "Only these numbers.", AllowMultipleArgumentsPerToken = true };
var work = new Option<DirectoryInfo>("--work")
{
    Description = "Where the mutated copy is built.",
    DefaultValueFactory = _ => new DirectoryInfo(Path.Combine(Path.GetTempPath(), "tlsfsm-mutants")),
};
var shuffle = new Option<bool>("--shuffle") { Description = "Tries them in an order by the seed: a run that is stopped is a fair sample." };
var resume = new Option<bool>("--resume") { Description = "Only those of which the runs before in --work say nothing." };
var survivors = new Option<bool>("--survivors") { Description = "Only those that have survived in the runs before, with today's tests." };
var tell = new Option<bool>("--tell") { Description = "Tries nothing: the report alone, of the runs before in --work." };
var report = new Option<FileInfo?>("--report")
{
    Description = "A Markdown file with a section of ours, which is written anew; without it the report goes to the output.",
};
var root = new RootCommand("Which small changes of the engine no test notices. Run it in the root of the repository.")
{
    targets, sample, seed, shuffle, workers, budget, only, work, resume, survivors, tell, report,
};
root.SetAction(async parsed =>
{
    var folder = parsed.GetValue(work)!.FullName;
    var build = new MutatedBuild(folder, parsed.GetValue(targets)!);
    build.Find();
    var told = new FateFile(Path.Combine(folder, "fates.jsonl"));
    if (parsed.GetValue(tell))
        return Tell(parsed, build, told);

    build.Make();
    Console.WriteLine($"{build.Mutants.Count} mutants");

    var (again, missing, numbers) = (parsed.GetValue(survivors), parsed.GetValue(resume), parsed.GetValue(only)!);
    var isGoingOn = again || missing || numbers.Length > 0;
    var coverageFile = Path.Combine(folder, "coverage.json");
    if (!isGoingOn)
        File.Delete(coverageFile);
    using (var covering = Process.Start(new ProcessStartInfo(
        "dotnet", [typeof(Worker).Assembly.Location, "cover", build.TestFolder, coverageFile, build.Print])
    {
        RedirectStandardOutput = true,
    })!)
    {
        await covering.StandardOutput.ReadToEndAsync();
        await covering.WaitForExitAsync();
    }

    var coverage = JsonSerializer.Deserialize<Coverage>(await File.ReadAllTextAsync(coverageFile))!;
    Console.WriteLine($"{coverage.Tests.Count} tests of {coverage.Tests.Values.Sum(test => test.Seconds):0} s reach "
        + $"{coverage.Tests.Values.SelectMany(test => test.Mutants).Distinct().Count()} of them");

    if (!isGoingOn)
        told.Clear();
    var before = told.Read(build.Mutants);
    var chance = new Random(parsed.GetValue(seed));
    var chosen = numbers.Length > 0
        ? build.Mutants.Where(mutant => numbers.Contains(mutant.Id)).ToArray()
        : build.Mutants.Where(_ => chance.NextDouble() < parsed.GetValue(sample)).ToArray();
    if (again || missing)
        chosen = [.. chosen.Where(mutant => before.TryGetValue(mutant.Key, out var fate) ? again && !fate.IsNoticed : missing)];
    if (parsed.GetValue(shuffle))
        chance.Shuffle(chosen);

    // What is known to be weak first.
    chosen = [.. chosen.OrderBy(mutant => before.ContainsKey(mutant.Key) ? 0 : 1)];
    await new Campaign(build.TestFolder, coverage, parsed.GetValue(workers), parsed.GetValue(budget), told.Add).RunAsync(chosen);
    return Tell(parsed, build, told);
});
return await root.Parse(args).InvokeAsync();

int Tell(ParseResult parsed, MutatedBuild build, FateFile told)
{
    var fates = told.Read(build.Mutants).Values.OrderBy(fate => fate.Mutant.Id).ToArray();
    var explained = new Explanations(Path.Combine("Engine.Mutation", "Explained.txt"));
    var text = new MutationReport(fates, explained).Write(build.Mutants.Count, DateOnly.FromDateTime(DateTime.UtcNow));
    if (parsed.GetValue(report) is { } file)
        MutationReport.Put(file.FullName, text);
    else
        Console.WriteLine(text);

    var stale = fates.Length < build.Mutants.Count ? [] : explained.Stale(fates, parsed.GetValue(targets)!);
    foreach (var place in stale)
        Console.WriteLine($"explained, but not there or noticed: {place}");
    return stale.Count > 0 ? 1 : 0;
}
