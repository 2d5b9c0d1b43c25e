using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TlsFsm.Mutation;

/// <summary>A copy of the repository with all mutants in it, built with its tests.</summary>
internal sealed partial class MutatedBuild(string folder, IReadOnlyList<string> targets)
{
    private readonly HashSet<string> _leftOut = [];

    public IReadOnlyList<Mutant> Mutants { get; private set; } = [];

    /// <summary>What did not compile in the runs before, by key: it need not be tried again.</summary>
    private string LeftOutFile => Path.Combine(folder, "left-out.txt");

    /// <summary>What the mutants are, in their order: numbers mean the same where this is the same.</summary>
    public string Print => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Mutants.Select(one => one.Key)))));

    private IReadOnlyList<string> Targets =>
    [
        .. targets.SelectMany(target => Directory.GetFiles(target, "*.cs", SearchOption.AllDirectories)).Select(file => file.Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    public string TestFolder => Path.Combine(folder, "Engine.Tests", "bin", "Debug", "net10.0");

    /// <summary>Finds the mutants, as a build before has left them.</summary>
    public void Find()
    {
        if (File.Exists(LeftOutFile))
            _leftOut.UnionWith(File.ReadAllLines(LeftOutFile));
        Write();
    }

    /// <exception cref="InvalidOperationException">It does not build, for a reason that is no mutant's.</exception>
    public void Make()
    {
        // What was there from a run before and is no more would be compiled, too.
        var files = Run("git", ["ls-files"], ".").Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(File.Exists).ToHashSet();
        foreach (var old in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories) : [])
        {
            var name = Path.GetRelativePath(folder, old).Replace('\\', '/');
            if (!files.Contains(name) && name != SwitchFile && !name.Contains("/obj/", StringComparison.Ordinal))
                File.Delete(old);
        }

        foreach (var file in files.Except(Targets))
        {
            var copy = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }

        while (true)
        {
            Write();
            var said = Build("Engine/Engine.csproj");
            var errors = Errors().Matches(said).DistinctBy(error => error.Value).ToList();
            if (errors.Count == 0)
                break;

            var before = _leftOut.Count;
            var culprits = errors.SelectMany(Culprits).ToHashSet();
            _leftOut.UnionWith(Mutants.Where(mutant => culprits.Contains(mutant.Id)).Select(mutant => mutant.Key));
            if (_leftOut.Count == before)
                throw new InvalidOperationException($"The mutated engine does not build:\n{string.Join('\n', errors)}");
            File.WriteAllLines(LeftOutFile, _leftOut);
            Console.WriteLine($"{_leftOut.Count} changes do not compile and are left out");
        }

        var tests = Build("Engine.Tests/Engine.Tests.csproj");
        if (Errors().IsMatch(tests))
            throw new InvalidOperationException($"The tests do not build over the mutated engine:\n{tests}");
    }

    private void Write()
    {
        var (mutants, next) = (new List<Mutant>(), 1);
        foreach (var file in Targets)
        {
            var mutator = new Mutator(file, next, _leftOut);
            var tree = mutator.Visit(CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot());
            Put(file, tree!.ToFullString());
            mutants.AddRange(mutator.Mutants);
            next = mutator.Next;
        }

        Mutants = mutants;
        var source = SwitchSource.Replace("COUNT", $"{next + 1}", StringComparison.Ordinal);
        Put(SwitchFile, source);
    }

    /// <summary>Writes only what has changed: the engine is not built anew when the tests alone have.</summary>
    private void Put(string file, string text)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!File.Exists(path) || File.ReadAllText(path) != text)
            File.WriteAllText(path, text);
    }

    private string Build(string project) => Run(
        "dotnet",
        [
            "build", project, "-v", "q", "-nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:RunAnalyzers=false",

            // A mutant makes code that is never reached, and loses what the compiler knew of null; documents say nothing of its switch.
            "-p:TreatWarningsAsErrors=false", "-p:NoWarn=CS0162%3BCS8600%3BCS8602%3BCS8604%3BCS1591",
        ],
        folder);

    /// <summary>
    /// The mutants that an error may come from: the innermost around it, or where there is none, as when a variable is not assigned any
    /// more, all of the member.
    /// </summary>
    private static IEnumerable<int> Culprits(Match error)
    {
        var (file, line, column) = (
            error.Groups["file"].Value, int.Parse(error.Groups["line"].Value, CultureInfo.InvariantCulture),
            int.Parse(error.Groups["column"].Value, CultureInfo.InvariantCulture));
        var tree = CSharpSyntaxTree.ParseText(File.ReadAllText(file));
        var at = tree.GetText().Lines[line - 1].Start + column - 1;
        foreach (var node in tree.GetRoot().FindToken(at).Parent!.AncestorsAndSelf())
        {
            if (node is ConditionalExpressionSyntax choice && Number().Match(choice.Condition.ToString()) is { Success: true } inside)
                return [Id(inside)];
            if (node is MemberDeclarationSyntax)
                return Number().Matches(node.ToString()).Select(Id);
        }

        return [];
    }

    private static int Id(Match number) => int.Parse(number.Groups[1].Value, CultureInfo.InvariantCulture);

    private static string Run(string program, IReadOnlyList<string> arguments, string where)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = where, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return said;
    }

    private const string SwitchFile = "Engine/MutantSwitch.cs";

    private const string SwitchSource =
        """
        namespace TlsFsm;

        internal static class MutantSwitch
        {
            public static int Active;
            public static readonly bool[] Hits = new bool[COUNT];
            public static readonly bool[] AtStart = new bool[COUNT];
            private static readonly bool[] Seen = new bool[COUNT];

            public static bool Is(int id)
            {
                if (!Hits[id])
                {
                    Hits[id] = true;
                    if (!Seen[id])
                    {
                        Seen[id] = true;
                        AtStart[id] = new System.Diagnostics.StackTrace().ToString().Contains(".cctor", System.StringComparison.Ordinal);
                    }
                }

                return id == Active;
            }
        }
        """;

    [GeneratedRegex(@"^\s*(?<file>/[^(\n]+\.cs)\((?<line>\d+),(?<column>\d+)\): error ", RegexOptions.Multiline)]
    private static partial Regex Errors();

    [GeneratedRegex(@"MutantSwitch\.Is\((\d+)\)")]
    private static partial Regex Number();
}
