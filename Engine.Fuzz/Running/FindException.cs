namespace TlsFsm.Fuzz.Running;

#pragma warning disable CA1032, CA1064 // Made by oracles alone.
/// <summary>Something that must hold does not.</summary>
internal sealed class FindException(string message, Exception? cause = null) : Exception(message, cause);
#pragma warning restore CA1032, CA1064
