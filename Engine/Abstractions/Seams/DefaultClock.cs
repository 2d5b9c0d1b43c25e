namespace TlsFsm.Abstractions.Seams;

/// <summary>
/// The clock of whoever names none. The one place of layers 0 to 3 that knows the system's: everything else is given its time, so that
/// a test, or a program with a clock of its own, can say what time it is.
/// </summary>
internal static class DefaultClock
{
#pragma warning disable RS0030 // A default has to come from somewhere, and the caller may name another.
    public static TimeProvider Instance => TimeProvider.System;
#pragma warning restore RS0030
}
