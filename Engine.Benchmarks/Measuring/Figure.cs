namespace TlsFsm.Benchmarks.Measuring;

/// <summary>One figure: what is done, and who does it.</summary>
/// <param name="Id">For the command line, stable.</param>
/// <param name="Title">For people.</param>
/// <param name="Unit">What one CPU-second yields, or what is counted.</param>
/// <param name="UnitsPerOperation">How much of it one operation is.</param>
/// <param name="Contenders">Ours first.</param>
internal sealed record Figure(string Id, string Title, string Unit, double UnitsPerOperation, IReadOnlyList<Contender> Contenders);
