using TlsFsm.Benchmarks.Figures;
using TlsFsm.Benchmarks.Measuring;

namespace TlsFsm.Benchmarks.Compare;

/// <summary>All that one run found.</summary>
/// <param name="Effort">How long it measured.</param>
/// <param name="Figures">What was measured.</param>
/// <param name="Results">By whom, and with what.</param>
/// <param name="Holdings">What idle connections hold, by contender, and how many they were.</param>
/// <param name="Targets">What was to be reached.</param>
/// <param name="Absences">Who was not measured, and why.</param>
/// <param name="Notes">What else there is to know.</param>
/// <param name="Machine">Where.</param>
/// <param name="Day">When, in UTC.</param>
internal sealed record Report(
    Effort Effort,
    IReadOnlyList<Figure> Figures,
    IReadOnlyList<Result> Results,
    IReadOnlyList<(string Contender, int Connections, Holdings Holdings)> Holdings,
    IReadOnlyList<Target> Targets,
    IReadOnlyList<Absence> Absences,
    IReadOnlyList<string> Notes,
    string Machine,
    DateOnly Day)
{
    public IEnumerable<Result> Of(Figure figure) => Results.Where(result => result.FigureId == figure.Id);

    public IEnumerable<Result> Latencies => Results.Where(result => result.FigureId == EchoLatency.Id);
}
