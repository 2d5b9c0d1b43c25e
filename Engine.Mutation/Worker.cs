using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;

namespace TlsFsm.Mutation;

/// <summary>Runs tests over the mutated engine, in this process: which mutants each test reaches, or which mutants tests notice.</summary>
internal sealed class Worker
{
    private readonly NUnitTestAssemblyRunner _runner = new(new DefaultTestAssemblyBuilder());
    private readonly FieldInfo _active;
    private readonly bool[] _hits;
    private readonly bool[] _atStart;
    private readonly List<ITest> _tests = [];

    /// <param name="folder">The tests', with all they need.</param>
    /// <param name="active">The mutant that is there from the beginning; 0 for none.</param>
    public Worker(string folder, int active)
    {
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(folder, $"{name.Name}.dll") is var path && File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
        var engine = AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.Combine(folder, "TlsFsm.dll")).GetType("TlsFsm.MutantSwitch")!;
        _active = engine.GetField("Active")!;
        _hits = (bool[])engine.GetField("Hits")!.GetValue(null)!;
        _atStart = (bool[])engine.GetField("AtStart")!.GetValue(null)!;
        _active.SetValue(null, active);
        var tests = AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.Combine(folder, "TlsFsm.Tests.dll"));
        Directory.SetCurrentDirectory(folder);

        // What happens is told in the test's own thread: told later, it would be counted for the next one.
        Collect(_runner.Load(tests, new Dictionary<string, object>
        {
            ["NumberOfTestWorkers"] = 0, ["StopOnError"] = false, ["SynchronousEvents"] = true,
        }));
    }

    /// <summary>Runs all tests of the unit part, one by one, but those that are known.</summary>
    public Coverage Cover(Coverage coverage)
    {
        _runner.Run(new Listener
        {
            Started = _ => Array.Clear(_hits),
            Finished = result =>
            {
                if (result.ResultState.Status == TestStatus.Passed)
                    coverage.Tests[result.FullName] = new Reached(
                        result.Duration, [.. Enumerable.Range(1, _hits.Length - 1).Where(id => _hits[id])]);
            },
        }, new Chosen(_tests.Where(test => !coverage.Tests.ContainsKey(test.FullName))));
        coverage.AtStart = [.. coverage.AtStart.Union(Enumerable.Range(1, _atStart.Length - 1).Where(id => _atStart[id]))];
        return coverage;
    }

    /// <summary>Runs tests with a mutant, up to the first that fails.</summary>
    /// <returns>The test that failed; null when none did.</returns>
    public string? Try(int mutant, IReadOnlyCollection<string> names)
    {
        _active.SetValue(null, mutant);
        string? failed = null;
        _runner.Run(new Listener
        {
            Finished = result =>
            {
                if (result.ResultState.Status != TestStatus.Failed || failed is not null)
                    return;

                failed = result.FullName;
                _runner.StopRun(force: false);
            },
        }, new Chosen(_tests.Where(test => names.Contains(test.FullName))));
        _active.SetValue(null, 0);
        return failed;
    }

    /// <summary>Takes mutants from the input, a number and the names of the tests a line, and says what became of each.</summary>
    public static void Serve(string folder, int active)
    {
        var worker = new Worker(folder, active);
        var said = Console.Out;
        Console.SetOut(TextWriter.Null);
        said.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            var (mutant, names) = JsonSerializer.Deserialize<Task>(line)!;
            said.WriteLine(worker.Try(mutant, names.ToHashSet()) ?? "");
        }
    }

    public sealed record Task(int Mutant, string[] Names);

    private void Collect(ITest test)
    {
        if (!test.IsSuite && Units.Any(unit => test.FullName.StartsWith(unit, StringComparison.Ordinal)))
            _tests.Add(test);
        foreach (var child in test.Tests)
            Collect(child);
    }

    private static readonly string[] Units =
    [
        .. new[] { "Machines", "Buffers", "Connection", "Conformance", "Core", "Strictness", "Telemetry", "StateDiagrams" }
            .Select(name => $"TlsFsm.Tests.{name}."),
    ];

    private sealed class Chosen : ITestFilter
    {
        private readonly HashSet<string> _ids = [];

        public Chosen(IEnumerable<ITest> tests)
        {
            foreach (var test in tests)
                for (var each = (ITest?)test; each is not null && _ids.Add(each.Id); each = each.Parent)
                {
                }
        }

        public bool Pass(ITest test) => _ids.Contains(test.Id);

        public bool Pass(ITest test, bool negated) => Pass(test);

        public bool IsExplicitMatch(ITest test) => false;

        public TNode ToXml(bool recursive) => new("filter");

        public TNode AddToXml(TNode parentNode, bool recursive) => parentNode;
    }

    private sealed class Listener : ITestListener
    {
        public Action<ITest>? Started { get; init; }

        public required Action<ITestResult> Finished { get; init; }

        public void TestStarted(ITest test)
        {
            if (!test.IsSuite)
                Started?.Invoke(test);
        }

        public void TestFinished(ITestResult result)
        {
            if (!result.Test.IsSuite)
                Finished(result);
        }

        public void TestOutput(TestOutput output) { }

        public void SendMessage(TestMessage message) { }
    }
}

/// <summary>Which mutants a test reaches, and how long it takes.</summary>
internal sealed record Reached(double Seconds, int[] Mutants);

/// <summary>What one run of all tests has reached.</summary>
internal sealed class Coverage
{
    /// <summary>Of which mutants: <see cref="MutatedBuild.Print"/>.</summary>
    public string? Print { get; init; }

    public Dictionary<string, Reached> Tests { get; init; } = [];

    /// <summary>Mutants in what is made once when a type is loaded: each needs a process of its own.</summary>
    public int[] AtStart { get; set; } = [];
}
