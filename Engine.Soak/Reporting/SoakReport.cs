using System.Globalization;
using System.Text;
using TlsFsm.Soak.Judging;
using TlsFsm.Soak.Plans;

namespace TlsFsm.Soak.Reporting;

/// <summary>A run in Markdown: what was done, what it ended with, what has stayed.</summary>
internal static class SoakReport
{
    /// <param name="soak">That has run.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="date">Of the run.</param>
    /// <param name="plot">The name of the drawing beside the report.</param>
    public static string Write(Soak soak, SoakSettings settings, DateOnly date, string plot)
    {
        var (score, (before, after)) = (soak.Score, soak.Ends);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"""
            {date:yyyy-MM-dd}, seed {settings.Seed}, {settings.Time.TotalMinutes:0.#} minutes, {settings.Connections:N0} connections at once,
            {Environment.ProcessorCount} processors. **{score.Played:N0} connections, {score.Bytes / (1024.0 * 1024 * 1024):0.0} GiB of data compared
            byte by byte, {score.Struck:N0} faults that had to end a connection, {score.Broken.Count:N0} broken oracles.**

            | over | connections |
            |---|---:|

            """);
        foreach (var (host, count) in score.Hosts.OrderBy(host => host.Key))
            text.Append(CultureInfo.InvariantCulture, $"| {host} | {count:N0} |\n");

        text.Append("\nHow connections ended, by what had happened to them. A fault that came too late counts as `None`.\n\n");
        text.Append("| fault | connections | client / server, the most frequent first |\n|---|---:|---|\n");
        foreach (var fault in score.Ends.GroupBy(end => end.Key.Fault).OrderBy(fault => fault.Key))
        {
            var ends = fault.OrderByDescending(end => end.Value)
                .Select(end => string.Create(CultureInfo.InvariantCulture, $"{Name(end.Key.Client)} / {Name(end.Key.Server)} {end.Value:N0}"));
            text.Append(CultureInfo.InvariantCulture, $"| {fault.Key} | {fault.Sum(end => end.Value):N0} | {string.Join("; ", ends)} |\n");
        }

        text.Append(CultureInfo.InvariantCulture,
            $"""

            | | before | at the most | after |
            |---|---:|---:|---:|
            | managed heap, MiB | {Mebi(before.HeapBytes)} | {Mebi(soak.Course.Max(look => look.HeapBytes))} | {Mebi(after.HeapBytes)} |
            | working set, MiB | {Mebi(before.WorkingSetBytes)} | {Mebi(soak.Course.Max(look => look.WorkingSetBytes))} | {Mebi(after.WorkingSetBytes)} |
            | sockets | {before.Sockets} | {soak.Course.Max(look => look.Sockets)} | {after.Sockets} |
            | descriptors | {before.Descriptors} | {soak.Course.Max(look => look.Descriptors)} | {after.Descriptors} |
            | timers | {before.Timers} | {soak.Course.Max(look => look.Timers)} | {after.Timers} |
            | threads | {before.Threads} | {soak.Course.Max(look => look.Threads)} | {after.Threads} |
            | connection objects | | | {score.Connections.Count(connection => connection.IsAlive)} of {score.Connections.Count:N0} |

            ![Memory over time]({plot})

            """);
        foreach (var broken in score.Broken.Take(MostBroken))
            text.Append(CultureInfo.InvariantCulture, $"\n```\n{broken}\n```\n");
        return text.ToString();
    }

    private static string Name(CloseReason? reason) => reason?.ToString() ?? "none";

    private static string Mebi(long bytes) => (bytes / 1048576.0).ToString("0", CultureInfo.InvariantCulture);

    private const int MostBroken = 50;
}
