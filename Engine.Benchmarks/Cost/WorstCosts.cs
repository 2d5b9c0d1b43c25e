using System.Globalization;
using Spectre.Console;
using TlsFsm.Fuzz.Worst;

namespace TlsFsm.Benchmarks.Cost;

/// <summary>
/// What the worst input of each message costs before its sender has proved anything, and how much more a longer one does: allocation and
/// the processor's time, and by how much both grow when the size doubles.
/// </summary>
internal static class WorstCosts
{
    // The largest message, and halves of it.
    private static readonly int[] Sizes = [15_000, 30_000, 60_000];

    // A ratio of what takes less is noise.
    private const double MillisecondsThatCount = 2;
    private const double MostGrowth = 2.6;

    /// <returns>Whether the last doubling doubled at most, but for noise.</returns>
    public static bool Measure(TextWriter output, int repetitions)
    {
        var table = new Table { Border = TableBorder.Markdown };
        foreach (var column in (string[])["input", "bytes", "KB allocated", "x2", "ms", "x2", "ends"])
            table.AddColumn(column);
        var isGood = true;
        foreach (var input in WorstInputs.All)
            isGood &= Add(table, input, repetitions);

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 200;
        console.Write(table);
        return isGood;
    }

    private static bool Add(Table table, WorstInput input, int repetitions)
    {
        var costs = Sizes.Select(size => MeasureOne(input, size, repetitions)).ToList();
        var (allocation, time) = (Growth(costs[1].Allocated, costs[2].Allocated), Growth(costs[1].Milliseconds, costs[2].Milliseconds));
        var counts = costs[2].Milliseconds >= MillisecondsThatCount;
        var isGood = allocation <= MostGrowth && (time <= MostGrowth || !counts);
        table.AddRow(
            Markup.Escape($"{(isGood ? "" : "! ")}{(input.IsForServer ? "" : "to a client: ")}{input.Name}"),
                Number(costs[2].Received, "N0"),
            Number(costs[2].Allocated / 1024.0, "N0"), Number(allocation, "0.0"), Number(costs[2].Milliseconds, "0.0"),
            counts ? Number(time, "0.0") : "-", Markup.Escape(costs[2].Words));
        return isGood;
    }

    private static (long Received, long Allocated, double Milliseconds, string Words) MeasureOne(WorstInput input, int size,
        int repetitions)
    {
        var cost = input.Run(size);
        var (least, time) = (cost.Allocated, double.MaxValue);
        for (var i = 0; i < repetitions; i++)
        {
            cost = input.Run(size);
            least = Math.Min(least, cost.Allocated);
            time = Math.Min(time, cost.Time.TotalMilliseconds);
        }

        var words = cost.Words.Split(": ", 2)[0];
        return (cost.Received, least, time, words);
    }

    private static double Growth(double half, double whole) => half <= 0 ? 1 : whole / half;

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
