using System.Globalization;

namespace TlsFsm.Benchmarks.Measuring;

/// <summary>
/// The processors' time that the host of a virtual machine gave to others. CPU time does not count it, but whoever measures by the clock
/// measures the host with it.
/// </summary>
internal sealed class HostTime
{
    private readonly (double Stolen, double All) _start = Read();

    /// <summary>The share of all time since this object was made, from 0 to 1. Zero where the system does not tell.</summary>
    public double StolenShare
    {
        get
        {
            var (stolen, all) = Read();
            return all > _start.All ? (stolen - _start.Stolen) / (all - _start.All) : 0;
        }
    }

    /// <summary>The first line of Linux' /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.</summary>
    private static (double Stolen, double All) Read()
    {
        const string Facts = "/proc/stat";
        if (!File.Exists(Facts))
            return default;

        var times = File.ReadLines(Facts).First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
            .Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return times.Length == 8 ? (times[7], times.Sum()) : default;
    }
}
