using System.Text.RegularExpressions;

namespace TlsFsm.Fuzz.Running;

/// <summary>One place where hostile bytes come in. Stateless: a run depends on its input alone.</summary>
internal interface ITarget
{
    /// <summary>As on the command line and as its folder of the corpus.</summary>
    string Name { get; }

    /// <summary>What must hold, in a sentence or two.</summary>
    string Oracle { get; }

    /// <summary>An input from scratch.</summary>
    byte[] Make(Dice dice);

    /// <summary>Runs an input. Every input is one: none is rejected for its form.</summary>
    /// <exception cref="FindException">What must hold does not.</exception>
    Outcome Run(ReadOnlySpan<byte> input);
}

/// <summary>What became of an input.</summary>
/// <param name="Words">The same for the same input; another kind of outcome has other words.</param>
/// <param name="Connections">Handshakes that were begun with the engine on one side.</param>
internal sealed partial record Outcome(string Words, int Connections = 0)
{
    /// <summary>The words without their numbers, and without what they quote: the kind of outcome.</summary>
    public string Kind => Details().Replace(Words, "");

    [GeneratedRegex("[0-9]+|'[^']*'|\\[.*\\]")]
    private static partial Regex Details();
}
