namespace TlsFsm.Benchmarks.Measuring;

/// <summary>One side of a comparison.</summary>
/// <param name="Name">As the tables show it; the same in all figures.</param>
/// <param name="Create">Makes it ready to run.</param>
internal sealed record Contender(string Name, Func<ITask> Create);
