namespace TlsFsm.Tests.Learning;

/// <summary>What a system has shown in one step.</summary>
/// <param name="Output">What is seen from outside: all that a learner goes by.</param>
/// <param name="Drawn">Where the drawn machines stand after the step; not learned from, only compared.</param>
/// <param name="Walked">The transitions that the drawn machines have made in the step; not learned from either.</param>
internal sealed record Answer(string Output, string Drawn, IReadOnlyList<Transition> Walked)
{
    /// <summary>The output of a step in which nothing was to be seen.</summary>
    public const string Nothing = "";
}
