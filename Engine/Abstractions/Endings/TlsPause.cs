namespace TlsFsm;

/// <summary>One of a connection's four flow controls was switched on or off.</summary>
/// <param name="Time">When, by the loop's clock.</param>
/// <param name="By">Who has asked for it.</param>
/// <param name="IsReceiving">Whether it holds what is received; else what is sent.</param>
/// <param name="IsPaused">True for a pause, false for its end.</param>
public readonly record struct TlsPause(DateTimeOffset Time, TlsPauser By, bool IsReceiving, bool IsPaused);
