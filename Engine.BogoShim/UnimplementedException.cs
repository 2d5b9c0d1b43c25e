namespace TlsFsm.BogoShim;

/// <summary>The runner asks for what this shim, or the engine under it, does not have. It ends with exit code 89.</summary>
internal sealed class UnimplementedException(string what) : Exception(what);
