namespace TlsFsm.Benchmarks.Measuring;

/// <summary>One side of a comparison.</summary>
/// <param name="Name">As the tables show it; the same in all figures.</param>
/// <param name="Create">Makes it ready to run.</param>
/// <param name="LeftOut">Why it does not take part this time, which the report says; null when it does.</param>
internal sealed record Contender(string Name, Func<ITask> Create, string? LeftOut = null);
