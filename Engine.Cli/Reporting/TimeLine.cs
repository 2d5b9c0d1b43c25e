using System.Globalization;
using System.Text;

namespace TlsFsm.Cli.Reporting;

/// <summary>
/// Draws the ways of all ends side by side: a lane for each machine, a column for each moment at which something moved. Columns are equally
/// wide whatever time is between them, so that a handshake of milliseconds and a wait of minutes are read alike; the time stands above.
/// </summary>
internal static class TimeLine
{
    private const int Lane = 24;
    private const int Label = 110;
    private const int Column = 84;

    public static string Draw(IReadOnlyList<Recording> recordings, DateTimeOffset begin)
    {
        var times = recordings.SelectMany(one => one.Steps).Select(step => Round(step.Time - begin)).Distinct().Order().ToList();
        var (width, height) = (Label + (times.Count * Column) + 8, 24 + recordings.Sum(_ => (4 * Lane) + 22));
        var text = new StringBuilder();
        text.Append(Text($"<svg class=\"line\" role=\"img\" viewBox=\"0 0 {width} {height}\" style=\"min-width:{width}px\">"));
        text.Append("<title>What each end did when</title>");
        for (var i = 0; i < times.Count; i++)
        {
            var x = Label + (i * Column);
            text.Append(Text($"<path class=\"tick\" d=\"M{x},18 V{height}\"/>"));
            text.Append(Text($"<text class=\"time\" x=\"{x + 3}\" y=\"12\">+{times[i]:0.0} ms</text>"));
        }

        var y = 24;
        foreach (var recording in recordings)
        {
            text.Append(Text($"<text class=\"end\" x=\"0\" y=\"{y + 12}\">{Html.Of(recording.Name)}</text>"));
            y += 18;
            foreach (var machine in DrawnMachine.All)
            {
                DrawLane(text, machine, recording, times, begin, y);
                y += Lane;
            }

            y += 4;
        }

        return text.Append("</svg>").ToString();
    }

    private static void DrawLane(
        StringBuilder text, DrawnMachine machine, Recording recording, List<double> times, DateTimeOffset begin, int y)
    {
        text.Append(Text($"<text class=\"lane\" x=\"8\" y=\"{y + 15}\">{Html.Of(machine.Name)}</text>"));

        // Of several steps in one moment the last is where the machine is.
        var moves = recording.Steps.Where(step => step.Machine == machine.Name && step.From != step.To)
            .GroupBy(step => times.IndexOf(Round(step.Time - begin))).Select(group => (At: group.Key, group.Last().To)).ToList();
        for (var i = 0; i < moves.Count; i++)
        {
            var (x, end) = (Label + (moves[i].At * Column), Label + ((i + 1 < moves.Count ? moves[i + 1].At : times.Count) * Column));
            text.Append(Text($"<rect class=\"been\" x=\"{x}\" y=\"{y}\" width=\"{end - x - 2}\" height=\"{Lane - 4}\" rx=\"4\"/>"));
            text.Append(Text($"<text class=\"span\" x=\"{x + 4}\" y=\"{y + 14}\">{Html.Of(Fit(moves[i].To, end - x))}</text>"));
        }
    }

    /// <summary>A letter is some six units wide.</summary>
    private static string Fit(string word, int width) =>
        word.Length * 6.2 <= width - 8 ? word : word[..Math.Min(word.Length, (width - 14) / 7)] + "…";

    private static double Round(TimeSpan time) => Math.Round(time.TotalMilliseconds, 1);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
