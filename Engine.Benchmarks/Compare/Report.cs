using TlsFsm.Benchmarks.Figures;
using TlsFsm.Benchmarks.Measuring;

namespace TlsFsm.Benchmarks.Compare;

/// <summary>All that one run found.</summary>
/// <param name="Figures">What was measured.</param>
/// <param name="Results">By whom, and with what.</param>
/// <param name="Holdings">What idle connections hold, by contender, and how many they were.</param>
/// <param name="Targets">What was to be reached.</param>
/// <param name="Notes">Who was missing, and why.</param>
/// <param name="Machine">Where and when.</param>
internal sealed record Report(
    IReadOnlyList<Figure> Figures,
    IReadOnlyList<Result> Results,
    IReadOnlyList<(string Contender, int Connections, Holdings Holdings)> Holdings,
    IReadOnlyList<Target> Targets,
    IReadOnlyList<string> Notes,
    string Machine)
{
    public IEnumerable<Result> Of(Figure figure) => Results.Where(result => result.FigureId == figure.Id);

    public IEnumerable<Result> Latencies => Results.Where(result => result.FigureId == EchoLatency.Id);
}
