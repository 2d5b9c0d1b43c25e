using System.Diagnostics;

namespace TlsFsm.Soak.Judging;

/// <summary>What the process holds at a moment.</summary>
/// <param name="At">Since the beginning of the run.</param>
/// <param name="Open">Connections that are being played.</param>
/// <param name="HeapBytes">Of the managed heap, as the collector sees it.</param>
/// <param name="WorkingSetBytes">Of the process.</param>
/// <param name="Sockets">Descriptors that are sockets; 0 where the system does not say.</param>
/// <param name="Descriptors">All of them; 0 where the system does not say.</param>
/// <param name="Timers">That are running.</param>
/// <param name="Threads">Of the process.</param>
internal sealed record Vitals(
    TimeSpan At, int Open, long HeapBytes, long WorkingSetBytes, int Sockets, int Descriptors, long Timers, int Threads)
{
    /// <summary>Looks now.</summary>
    /// <param name="at">Since the beginning of the run.</param>
    /// <param name="open">Connections that are being played.</param>
    public static Vitals Now(TimeSpan at, int open)
    {
        using var process = Process.GetCurrentProcess();
        var (sockets, descriptors) = Descriptor();
        return new Vitals(
            at, open, GC.GetTotalMemory(forceFullCollection: false), process.WorkingSet64, sockets, descriptors, Timer.ActiveCount,
            process.Threads.Count);
    }

    private static (int Sockets, int All) Descriptor()
    {
        if (!Directory.Exists(Folder))
            return (0, 0);

        var (sockets, all) = (0, 0);
        foreach (var descriptor in Directory.EnumerateFileSystemEntries(Folder))
        {
            all++;
            try
            {
                var target = File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name;
                if (target?.StartsWith("socket:", StringComparison.Ordinal) == true)
                    sockets++;
            }
            catch (IOException)
            {
                // Closed since it was listed.
            }
        }

        return (sockets, all);
    }

    private const string Folder = "/proc/self/fd";
}
