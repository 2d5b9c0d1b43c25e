using TlsFsm.Benchmarks.Figures;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Compare;

/// <summary>Measures everything once.</summary>
internal static class Comparison
{
    /// <param name="effort">How long.</param>
    /// <param name="only">Figures to measure, by id; null for all.</param>
    /// <param name="progress">Told what is measured now.</param>
    public static Report Run(Effort effort, IReadOnlyCollection<string>? only, Action<string> progress)
    {
        var notes = new List<string>();
        var results = new List<Result>();
        var stage = new Stage(effort, notes.Add);
        var figures = Catalogue.Figures(effort).Where(figure => IsWanted(figure.Id)).ToList();
        foreach (var figure in figures)
        {
            progress(figure.Title);
            results.AddRange(stage.Measure(figure));
        }

        foreach (var (id, credential, resumes) in OpenSslFigures())
        {
            if (!IsWanted(id))
                continue;

            progress($"{ContenderNames.OpenSsl}: {id}");
            Try(id, ContenderNames.OpenSsl, () => results.Add(OpenSslHandshakes.Measure(id, credential, resumes, effort)));
        }

        if (IsWanted(EchoLatency.Id))
        {
            progress("Echo latency among loaded connections");
            Try(EchoLatency.Id, "a contender", () => results.AddRange(EchoLatency.Measure(Catalogue.Links(), effort, connections: 100, notes.Add)));
        }

        var holdings = new List<(string Contender, int Connections, Holdings Holdings)>();
        if (IsWanted("memory"))
        {
            int[] counts = effort.IsQuick ? [HoldingsCount.Quick] : [HoldingsCount.Full, HoldingsCount.Many];
            foreach (var count in counts)
            {
                foreach (var contender in (string[])[ContenderNames.TlsFsm, ContenderNames.SslStream])
                {
                    progress($"{count} idle connections: {contender}");
                    Try("memory", contender, () => holdings.Add((contender, count, Holdings.Measure(contender, count))));
                }
            }
        }

        var targets = new Targets(results, effort, HeldBy(holdings, effort.IsQuick ? HoldingsCount.Quick : HoldingsCount.Full), HeldBy(holdings, HoldingsCount.Many)).Judge();
        return new Report(figures, results, holdings, targets, notes, Machine.Describe());

        bool IsWanted(string id) => only is null || only.Contains(id);

        void Try(string id, string contender, Action measure)
        {
            try
            {
                measure();
            }
            catch (Exception exception)
            {
                notes.Add($"{id}: {contender} is missing: {exception.GetType().Name}: {exception.Message}");
            }
        }
    }

    private static IEnumerable<(string Id, Abstractions.TlsCredential Credential, bool Resumes)> OpenSslFigures() =>
    [
        (Catalogue.HandshakeEcdsa, BenchmarkCertificates.Ecdsa, false),
        (Catalogue.HandshakeRsa, BenchmarkCertificates.Rsa, false),
        (Catalogue.Resumed, BenchmarkCertificates.Ecdsa, true),
    ];

    private static Holdings? HeldBy(List<(string Contender, int Connections, Holdings Holdings)> holdings, int count) =>
        holdings.FirstOrDefault(one => one.Contender == ContenderNames.TlsFsm && one.Connections == count).Holdings;
}
