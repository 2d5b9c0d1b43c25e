using System.Collections.Concurrent;
using System.Text.Json.Serialization;

namespace TlsFsm.Mutation;

/// <summary>What became of a mutant.</summary>
/// <param name="Mutant">Which.</param>
/// <param name="NoticedBy">The test that failed; null when none did.</param>
/// <param name="Tests">How many tests could have noticed it: those that reach it, within the time for one mutant.</param>
internal sealed record Fate(Mutant Mutant, string? NoticedBy, int Tests)
{
    [JsonIgnore]
    public bool IsNoticed => NoticedBy is not null;
}

/// <summary>Tries mutants side by side, each with the tests that reach it, the quickest first.</summary>
/// <param name="folder">The mutated tests'.</param>
/// <param name="coverage">What the tests reach.</param>
/// <param name="workers">Processes at once.</param>
/// <param name="budget">Seconds of tests for one mutant.</param>
/// <param name="told">Is told each fate as it comes, by any thread.</param>
internal sealed class Campaign(string folder, Coverage coverage, int workers, double budget, Action<Fate> told)
{
    private readonly HashSet<int> _atStart = [.. coverage.AtStart];
    private readonly Dictionary<int, string[]> _tests = coverage.Tests
        .OrderBy(test => test.Value.Seconds)
        .SelectMany(test => test.Value.Mutants.Select(mutant => (mutant, test.Key)))
        .GroupBy(pair => pair.mutant, pair => pair.Key)
        .ToDictionary(group => group.Key, group => group.ToArray());

    private int _tried;
    private int _survived;

    /// <summary>Tries them.</summary>
    public Task RunAsync(IReadOnlyList<Mutant> mutants)
    {
        var queue = new ConcurrentQueue<Mutant>(mutants);
        return Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => WorkAsync(queue, mutants.Count))));
    }

    private async Task WorkAsync(ConcurrentQueue<Mutant> queue, int all)
    {
        WorkerProcess? shared = null;
        while (queue.TryDequeue(out var mutant))
        {
            var tests = Within(mutant);
            string? noticed;
            if (tests.Length == 0)
            {
                noticed = null;
            }
            else if (_atStart.Contains(mutant.Id))
            {
                noticed = await AloneAsync(mutant, tests);
            }
            else
            {
                if (shared is null)
                {
                    shared = new WorkerProcess(folder, 0);
                    await shared.IsReadyAsync();
                }

                var said = await shared.TryAsync(mutant.Id, tests, Limit);
                if (said is null)
                {
                    shared.Dispose();
                    shared = null;
                }

                // A machine that is busy with something else looks like a mutant that hangs, once.
                noticed = said is null ? await AloneAsync(mutant, tests) : Told(said);
            }

            told(new Fate(mutant, noticed, tests.Length));
            if (noticed is null)
                Interlocked.Increment(ref _survived);
            if (Interlocked.Increment(ref _tried) is var tried && tried % 25 == 0)
                Console.WriteLine($"{tried} of {all}, {Volatile.Read(ref _survived)} survived");
        }

        shared?.Dispose();
    }

    private async Task<string?> AloneAsync(Mutant mutant, string[] tests)
    {
        using var own = new WorkerProcess(folder, mutant.Id);
        return await own.IsReadyAsync() ? Told(await own.TryAsync(mutant.Id, tests, Limit)) : "loading the tests";
    }

    private static string? Told(string? said) => said switch
    {
        null => "the time, or the process: it hung or died",
        "" => null,
        _ => said,
    };

    private string[] Within(Mutant mutant)
    {
        IEnumerable<string> tests = _tests.GetValueOrDefault(mutant.Id, []);

        // What is made once belongs to whichever test came first: any test may notice it.
        if (_atStart.Contains(mutant.Id))
            tests = tests.Concat(coverage.Tests.OrderBy(test => test.Value.Seconds).Select(test => test.Key)).Distinct();

        // The tests of its own type first: where all tests reach it, they would not come within the time.
        var own = $".{Path.GetFileName(mutant.File).Split('.')[0]}Tests.";
        var left = budget;
        return
        [
            .. tests.OrderBy(test => test.Contains(own, StringComparison.Ordinal) ? 0 : 1)
                .TakeWhile(test => (left -= coverage.Tests[test].Seconds) > 0),
        ];
    }

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
}
