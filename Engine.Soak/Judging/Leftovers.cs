using System.Diagnostics;

namespace TlsFsm.Soak.Judging;

/// <summary>Whether all is as it was before the load: what takes a moment to go is given one.</summary>
internal static class Leftovers
{
    /// <summary>Waits for everything to be gone, as long as it may take.</summary>
    /// <param name="before">Taken after a first small load, so that what is made once is in it.</param>
    /// <param name="connections">Those that were judged.</param>
    /// <param name="limit">How long it may take; on a quiet machine it is a second.</param>
    /// <returns>What has stayed, in words; nothing when all is gone.</returns>
    public static async Task<IReadOnlyList<string>> FindAsync(
        Vitals before, IReadOnlyCollection<WeakReference> connections, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            Collect();
            var left = Compare(before, Vitals.Now(TimeSpan.Zero, 0), connections.Count(connection => connection.IsAlive)).ToList();
            if (left.Count == 0 || clock.Elapsed > limit)
                return left;

            await Task.Delay(200);
        }
    }

    /// <summary>What there is more of than before.</summary>
    internal static IEnumerable<string> Compare(Vitals before, Vitals now, int alive)
    {
        if (alive > AliveAllowance)
            yield return $"{alive} connection objects were not collected.";
        if (now.Sockets > before.Sockets)
            yield return $"{now.Sockets} sockets are open; there were {before.Sockets}.";
        if (now.Descriptors > before.Descriptors + DescriptorAllowance)
            yield return $"{now.Descriptors} descriptors are open; there were {before.Descriptors}.";
        if (now.Timers > before.Timers + TimerAllowance)
            yield return $"{now.Timers} timers run; there were {before.Timers}.";
        if (now.Threads > before.Threads + ThreadAllowance)
            yield return $"{now.Threads} threads; there were {before.Threads}.";
        if (now.HeapBytes > before.HeapBytes + HeapAllowance)
            yield return $"{now.HeapBytes / 1024} KiB on the heap; there were {before.HeapBytes / 1024}.";
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    /// <summary>A stack frame or a register of a thread of the pool may still name a connection or two.</summary>
    private const int AliveAllowance = 2;

    /// <summary>The runtime's own: an event, a file that is being read.</summary>
    private const int DescriptorAllowance = 4;

    /// <summary>Kestrel's heartbeat, the pools'.</summary>
    private const int TimerAllowance = 4;

    /// <summary>The pool keeps what it has made for a while, and no more than the machine's processors make useful.</summary>
    private const int ThreadAllowance = 32;

    /// <summary>What pools of buffers and sessions keep on purpose; a leak of a thousand connections is several times that.</summary>
    private const long HeapAllowance = 24 * 1024 * 1024;
}
