using System.Globalization;

namespace TlsFsm.Fuzz.Running;

/// <summary>Looks for inputs with kinds of outcome that the corpus has none for.</summary>
internal static class CorpusGrowth
{
    public static void Grow(ITarget target, ulong seed, TimeSpan time, int most, TextWriter output)
    {
        var known = Corpus.Of(target);
        var kinds = new HashSet<string>(known.Select(one => Minimiser.KindOf(target, one.Input)));
        var found = new List<(byte[] Input, string Kind)>();
        var fuzzer = new Fuzzer(target, seed, known.Select(one => one.Input))
        {
            Grows = true,
            Discovered = (input, outcome) =>
            {
                if (kinds.Add(outcome.Kind))
                    found.Add((input, outcome.Kind));
            },
        };
        fuzzer.Run(time, long.MaxValue);
        foreach (var (input, kind) in found.Take(Math.Max(0, most - known.Count)))
        {
            var smaller = Minimiser.Minimise(input, other => Minimiser.KindOf(target, other) == kind);
            if (Minimiser.KindOf(target, smaller) == kind)
                Corpus.Keep(target, smaller);
        }

        foreach (var find in fuzzer.Finds)
            output.WriteLine($"FIND in {find.Target}: {find.Message}\n  {Find.ReplayCommand(find.Write("finds"))}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{target.Name}: {fuzzer.Runs:N0} inputs, {known.Count} kinds known, {found.Count} more, {Corpus.Of(target).Count} files"));
    }
}
