using System.Globalization;
using System.Diagnostics;

namespace TlsFsm.Fuzz.Running;

/// <summary>A run over several targets, each in turn for its share of the time, with a watch on inputs that do not come back.</summary>
internal sealed class Session(TextWriter output, ulong seed, string folder)
{
    /// <summary>Of the processor's time: a machine that has no time for us says nothing about an input.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private (ITarget Target, byte[] Input, long Index, TimeSpan Since)? _running;

    /// <returns>The exit code: 1 with a find.</returns>
    public int Run(IReadOnlyList<ITarget> targets, TimeSpan time, long runs, bool printsOnly)
    {
        var clock = Stopwatch.StartNew();
        using var watch = new Timer(_ => Watch(), null, Patience, Patience / 4);
        var (finds, connections, inputs) = (0, 0L, 0L);
        for (var i = 0; i < targets.Count; i++)
        {
            var fuzzer = new Fuzzer(targets[i], seed, Corpus.Of(targets[i]).Select(one => one.Input))
            {
                Starting = (target, input, index) => _running = (target, input, index, Spent),
            };
            if (printsOnly)
            {
                Print(fuzzer, runs == long.MaxValue ? 10 : runs);
                continue;
            }

            // What one leaves of its share is shared by the rest.
            fuzzer.Run((time - clock.Elapsed) / (targets.Count - i), runs);
            _running = null;
            foreach (var find in fuzzer.Finds)
            {
                var path = find.Write(folder);
                output.WriteLine($"FIND in {find.Target}: {find.Message}\n  {Find.ReplayCommand(path)}");
            }

            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{fuzzer.Target.Name,-18} {fuzzer.Runs,9:N0} inputs {fuzzer.Connections,9:N0} handshakes "
                + $"{fuzzer.Kinds.Count,5} kinds of outcome {fuzzer.Finds.Count} finds"));
            finds += fuzzer.Finds.Count;
            connections += fuzzer.Connections;
            inputs += fuzzer.Runs;
        }

        if (!printsOnly)
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed}: {inputs:N0} inputs, {connections:N0} handshakes, {finds} finds in {clock.Elapsed.TotalSeconds:0} s"));
        return finds > 0 ? 1 : 0;
    }

    private static TimeSpan Spent => Environment.CpuUsage.TotalTime;

    private void Print(Fuzzer fuzzer, long runs)
    {
        for (var index = 0L; index < runs; index++)
            output.WriteLine($"{fuzzer.Target.Name} {index} {Convert.ToHexStringLower(fuzzer.InputAt(index))}");
    }

    private void Watch()
    {
        if (_running is not var (target, input, index, since) || Spent - since < Patience)
            return;

        var path = new Find(target.Name, input, $"It has not come back in {Patience.TotalSeconds:0} s of the processor's time.", seed,
            index, null).Write(folder);
        Console.Error.WriteLine($"FIND in {target.Name}: a hang\n  {Find.ReplayCommand(path)}");
        Environment.Exit(1);
    }
}
