namespace TlsFsm.Benchmarks.Figures;

/// <summary>How many files, sockets included, a process may have open.</summary>
internal static class FileLimit
{
    // Program, libraries, epoll, pipes of the runtime.
    private const int Others = 200;

    /// <summary>
    /// This process's limit, and its children's; the runtime has raised the soft one to the hard one. Null where there is none to read.
    /// </summary>
    public static long? Current
    {
        get
        {
            const string Limits = "/proc/self/limits";
            var line = File.Exists(Limits)
                ? File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal)) : null;
            var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return long.TryParse(words?.ElementAtOrDefault(3), out var limit) ? limit : null;
        }
    }

    /// <exception cref="InvalidOperationException">That many connections do not fit.</exception>
    public static void Ensure(int connections)
    {
        if (Current < connections + Others)
            throw new InvalidOperationException(
                $"{connections:N0} connections need {connections + Others:N0} open files in each of two processes, and the limit is "
                + $"{Current:N0}: raise it (ulimit -n)");
    }
}
