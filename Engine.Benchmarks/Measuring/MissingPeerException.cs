namespace TlsFsm.Benchmarks.Measuring;

/// <summary>A contender cannot take part on this machine; the message says what it would need.</summary>
internal sealed class MissingPeerException(string message) : Exception(message);
