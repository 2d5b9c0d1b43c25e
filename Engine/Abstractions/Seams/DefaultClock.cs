namespace TlsFsm.Abstractions.Seams;

/// <summary>
/// The clock of whoever names none. Below the hosts this is the one place that knows the system's; all else is given its time.
/// </summary>
internal static class DefaultClock
{
#pragma warning disable RS0030 // It is a default that every caller can replace, and tests do.
    public static TimeProvider Instance => TimeProvider.System;
#pragma warning restore RS0030
}
