using System.Globalization;

namespace TlsFsm.Connection;

/// <summary>Names for connections that their hosts give none.</summary>
internal static class ConnectionNumber
{
    private static long _last;

    /// <summary>One that no other connection of this process has.</summary>
    public static string Next() => Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
}
