using System.Globalization;
using System.Text;
using TlsFsm.Benchmarks.Compare;
using TlsFsm.Benchmarks.Figures;
using TlsFsm.Benchmarks.Measuring;

namespace TlsFsm.Benchmarks.Reporting;

/// <summary>The tables as Markdown.</summary>
internal static class MarkdownReport
{
    /// <param name="report">What was found.</param>
    /// <param name="pictures">Where the two plots are, from the file's own place.</param>
    public static string Format(Report report, string pictures = ".")
    {
        var text = new StringBuilder();
        text.Append("# Benchmarks\n\n").Append(Origin(report)).Append("\n\n").Append(Method);
        text.Append(CultureInfo.InvariantCulture, $"\n## What was to be reached\n\n![What was reached]({pictures}/ratios.svg)\n\n");
        AppendTargets(text, report.Targets);
        text.Append(CultureInfo.InvariantCulture, $"\n## All figures\n\n![Rates]({pictures}/rates.svg)\n\n");
        text.Append("| figure | contender | median | allocated |\n| --- | --- | ---: | ---: |\n");
        foreach (var (figure, contender, value, allocated) in Formats.Medians(report))
            text.Append("| ").AppendJoin(" | ", [figure, contender, value, allocated]).Append(" |\n");

        text.Append("\n## Who is not in which figure\n\n");
        if (report.Absences.Count == 0)
            text.Append("Nobody is missing.\n");
        else
            text.Append("| contender | why | figures |\n| --- | --- | --- |\n");
        foreach (var (contender, why, figures) in Formats.Absences(report))
            text.Append("| ").AppendJoin(" | ", [contender, why.Replace("|", "\\|", StringComparison.Ordinal), figures]).Append(" |\n");

        if (report.Notes.Count > 0)
            text.Append('\n');
        foreach (var note in report.Notes)
            text.Append("- ").Append(note).Append('\n');
        return text.ToString();
    }

    /// <summary>When, where and by what.</summary>
    public static string Origin(Report report) => string.Create(
        CultureInfo.InvariantCulture,
        $"Measured on {report.Day:yyyy-MM-dd}: {report.Machine}. A {report.Effort.Name} run of `dotnet run -c Release --project Engine.Benchmarks -- compare`.");

    public static void AppendTargets(StringBuilder text, IEnumerable<Target> targets)
    {
        text.Append("| figure | value | rounds | must | aim | verdict |\n| --- | ---: | ---: | ---: | ---: | --- |\n");
        foreach (var target in targets)
            text.Append("| ").AppendJoin(
                " | ", [target.Title, Formats.Value(target), Formats.Spread(target), Formats.Must(target), Formats.Aim(target),
                    target.IsMissed ? "**missed**" : target.Verdict]).Append(" |\n");
    }

    private static string Method => $"""
        How it is measured:

        - All contenders of a figure run in one process, one after the other, round by round; a value is the median of the rounds, a ratio the
          median of the rounds' ratios, with the lowest and the highest beside it. Each is warmed up until the run-time compiler rests, and
          checked first: it negotiates what it should, every byte arrives, chains are verified, and sessions are resumed where they should be and only there.
        - Rates are per second of CPU time, kernel included, both ends together: what else the machine does matters little. Everybody has
          TLS 1.3, X25519 (unless a name says otherwise), the same suite and the same certificates, a leaf and an intermediate under a root of our own.
        - Where a name says so in parentheses, our engine has X25519 by libsodium or by managed code, another group or suite, or only the work of one end is counted
          (client alone, server alone: what the connection does when it is called; the bytes that it allocates are those of that end).
        - TlsFsm remembers a good verdict on a chain for a second, which is its default, so all but the first handshake of a second find it
          remembered here; SslStream builds the chain for each. `{ContenderNames.ChainBuiltAnew}` is the engine with that memory off.
        - CPython and openssl are processes of their own; their CPU time counts instead. SslStream resumes only without a suite of the caller's
          choice, so resumed handshakes have AES-256-GCM everywhere.
        - Latency is by the clock: {EchoLatency.Describe()}.
          Both streams, ours and SslStream, have the very same code around them over real sockets: the same tasks, buffers and timers, and the
          same load, which is checked to have been carried. Under as much load as each can take, one would measure the thread pool's queue
          instead. `TlsFsm` without the word stream is our callbacks, for comparison.
        - Idle connections are counted in the server's process alone: resident memory after a full collection, for each connection beyond the
          first 200, and for the whole process.
        - What handshakes and many connections are made of, and why some figures are not better: [ARCHITECTURE.md](../ARCHITECTURE.md), Memory and threads.

        """;
}
