namespace TlsFsm.BogoShim.Flags;

/// <summary>What a flag does.</summary>
/// <param name="HasValue">Whether the next argument is its value.</param>
/// <param name="Apply">Writes it down.</param>
internal sealed record Flag(bool HasValue, Action<ShimConfig, string> Apply);
