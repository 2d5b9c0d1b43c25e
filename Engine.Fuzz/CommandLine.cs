using System.CommandLine;
using System.Globalization;
using TlsFsm.Fuzz.Running;
using TlsFsm.Fuzz.Targets;

namespace TlsFsm.Fuzz;

/// <summary>The commands of the fuzzer.</summary>
internal static class CommandLine
{
    /// <returns>0 when all holds, 1 with a find, 2 when the arguments make no sense.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output)
    {
        var root = new RootCommand("Feeds the engine hostile bytes, and looks whether what must hold does.")
        {
            RunCommand(output), ReplayCommand(output), ListCommand(output), MinimiseCommand(output), GrowCommand(output),
            CoverageCommand(output), AflCommand(),
        };
        try
        {
            return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is ArgumentException or IOException or FormatException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
    }

    /// <summary>A length of time as people write it: 60s, 5m, 2h.</summary>
    public static TimeSpan ParseTime(string text)
    {
        var unit = text.Length == 0 ? ' ' : text[^1];
        var number = char.IsAsciiDigit(unit) ? text : text[..Math.Max(0, text.Length - 1)];
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || value <= 0)
            throw new ArgumentException($"A time is a number with s, m or h behind it, such as 60s; got '{text}'.");

        return unit switch
        {
            'm' => TimeSpan.FromMinutes(value),
            'h' => TimeSpan.FromHours(value),
            's' => TimeSpan.FromSeconds(value),
            _ when char.IsAsciiDigit(unit) => TimeSpan.FromSeconds(value),
            _ => throw new ArgumentException($"A time is a number with s, m or h behind it, such as 60s; got '{text}'."),
        };
    }

    private static Argument<string[]> Targets() => new("targets")
    {
        Description = "Which targets; default all.", Arity = ArgumentArity.ZeroOrMore,
    };

    private static IReadOnlyList<ITarget> Chosen(string[]? names) => names is { Length: > 0 } ? [.. names.Select(AllTargets.ByName)]
        : AllTargets.List;

    private static Command RunCommand(TextWriter output)
    {
        var targets = Targets();
        var seed = new Option<ulong>("--seed") { Description = "The same seed gives the same inputs anywhere. Default 1.",
            DefaultValueFactory = _ => 1 };
        var time = new Option<string?>("--time") { Description = "How long in all, shared by the targets: 60s, 5m, 2h. Default 60s." };
        var runs = new Option<long?>("--runs") { Description = "How many inputs for each target, instead of a time." };
        var finds = new Option<string>("--finds") { Description = "Where finds are written. Default ./finds.", DefaultValueFactory = _ =>
            "finds" };
        var print = new Option<bool>("--print") { Description = "Print the inputs, and run none." };
        var command = new Command("run", "Runs inputs until the time is over; exit code 1 with a find.") { targets, seed, time, runs,
            finds, print };
        command.SetAction(result =>
        {
            var chosen = Chosen(result.GetValue(targets));
            var number = result.GetValue(runs);
            if (number is <= 0)
                throw new ArgumentException($"--runs should be at least 1, got {number}.");

            var whole = number is null || result.GetValue(time) is not null ? ParseTime(result.GetValue(time) ?? "60s")
                : TimeSpan.FromDays(30);
            return new Session(output, result.GetValue(seed), result.GetValue(finds)!)
                .Run(chosen, whole, number ?? long.MaxValue, result.GetValue(print));
        });
        return command;
    }

    private static Command ReplayCommand(TextWriter output)
    {
        var file = new Argument<FileInfo>("file") { Description = "A find, or a file of the corpus." };
        var target = new Option<string?>("--target") { Description = "Which target, where the file does not say." };
        var command = new Command("replay", "Runs one input again, and says what becomes of it.") { file, target };
        command.SetAction(result =>
        {
            var (named, input) = Find.Read(result.GetRequiredValue(file).FullName);
            var find = Fuzzer.Try(AllTargets.ByName(result.GetValue(target) ?? named ?? ""), input, out var outcome);
            output.WriteLine(find is null ? outcome!.Words : $"FIND {find.Message}\n{find.Cause}");
            return find is null ? 0 : 1;
        });
        return command;
    }

    private static Command ListCommand(TextWriter output)
    {
        var command = new Command("list", "Names the targets, what must hold in each, and how much corpus there is.");
        command.SetAction(_ =>
        {
            foreach (var target in AllTargets.List)
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{target.Name,-18} {Corpus.Of(target).Count,4} files  {target.Oracle}"));
            return 0;
        });
        return command;
    }

    private static Command MinimiseCommand(TextWriter output)
    {
        var file = new Argument<FileInfo>("file") { Description = "A find, or a file of the corpus." };
        var command = new Command("minimise", "Makes an input smaller as long as what becomes of it is of the same kind.") { file };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(file).FullName;
            var (name, input) = Find.Read(path);
            var target = AllTargets.ByName(name ?? "");
            var kind = Minimiser.KindOf(target, input);
            var smaller = Minimiser.Minimise(input, other => Minimiser.KindOf(target, other) == kind);
            var find = Fuzzer.Try(target, smaller, out _);
            var written = Path.ChangeExtension(path, null) + ".min";
            if (find is not null)
                written = find.Write(Path.GetDirectoryName(written)!);
            else
                File.WriteAllBytes(written, smaller);
            output.WriteLine($"{input.Length} bytes became {smaller.Length}: {written}\n{kind}");
            return 0;
        });
        return command;
    }

    private static Command CoverageCommand(TextWriter output)
    {
        var isBuilt = new Option<bool>("--no-build") { Description = "Take the tests as they are built." };
        var command = new Command("coverage", "Says how much of Engine/Core the corpus reaches.") { isBuilt };
        command.SetAction(result => CorpusCoverage.Report(output, result.GetValue(isBuilt)));
        return command;
    }

    private static Command AflCommand()
    {
        var target = new Argument<string>("target");
        var command = new Command("afl", "Takes inputs from afl-fuzz (docs/fuzzing.md).") { target };
        command.SetAction(result => Afl.Run(AllTargets.ByName(result.GetRequiredValue(target))));
        return command;
    }

    private static Command GrowCommand(TextWriter output)
    {
        var targets = Targets();
        var time = new Option<string>("--time") { Description = "How long for each target.", DefaultValueFactory = _ => "30s" };
        var seed = new Option<ulong>("--seed") { DefaultValueFactory = _ => 1 };
        var most = new Option<int>("--most") { Description = "Files that a target may have.", DefaultValueFactory = _ => 120 };
        var command = new Command("grow", "Adds to the corpus an input, minimised, for each kind of outcome that it has none for.")
        {
            targets, time, seed, most,
        };
        command.SetAction(result =>
        {
            foreach (var target in Chosen(result.GetValue(targets)))
                CorpusGrowth.Grow(
                    target, result.GetValue(seed), ParseTime(result.GetValue(time)!), result.GetValue(most), output);
            return 0;
        });
        return command;
    }
}
