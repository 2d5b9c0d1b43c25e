namespace TlsFsm.Tests.Learning;

/// <summary>A system that is asked from outside: fresh when it is made, one symbol after the other.</summary>
internal interface ISystem
{
    /// <summary>What it shows before the first symbol.</summary>
    Answer Begin();

    /// <param name="symbol">Its place in the alphabet.</param>
    Answer Step(int symbol);
}
