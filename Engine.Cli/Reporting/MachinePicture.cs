using System.Globalization;
using System.Text;

namespace TlsFsm.Cli.Reporting;

/// <summary>
/// Draws a machine and the way of one connection through it as SVG: states in a column, arcs that lead on at the right, those that lead
/// back at the left; walked ones are strong and numbered, the present state is lit.
/// </summary>
internal static class MachinePicture
{
    private const int BoxWidth = 118;
    private const int BoxHeight = 24;
    private const int Row = 46;

    public static string Draw(DrawnMachine machine, Recording recording)
    {
        var steps = recording.Steps.Where(step => step.Machine == machine.Name && step.From != step.To)
            .Select((step, index) => (Step: step, Number: index + 1)).ToList();
        var place = machine.States.Select((state, index) => (state, index)).ToDictionary(one => one.state, one => one.index);
        var lengths = machine.Arcs.Select(arc => place[arc.To] - place[arc.From]).ToList();
        var left = 16 + lengths.Where(length => length < 0).Select(length => Bulge(-length)).DefaultIfEmpty(0).Max();
        var right = 16 + lengths.Where(length => length > 0).Select(Bulge).DefaultIfEmpty(0).Max();
        var (width, height) = (left + BoxWidth + right, (machine.States.Count * Row) + 8);

        var text = new StringBuilder();
        text.Append(Text(
            $"<svg class=\"machine\" role=\"img\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">"));
        text.Append(Text($"<title>{Html.Of(machine.Name)}: {Html.Of(machine.Title)}</title>"));
        foreach (var walked in new[] { false, true })
        {
            foreach (var arc in machine.Arcs)
            {
                var numbers = steps.Where(one => one.Step.From == arc.From && one.Step.To == arc.To).ToList();
                if (numbers.Count > 0 == walked)
                    DrawArc(text, arc, place, left, [.. numbers.Select(one => one.Number)]);
            }
        }

        var present = recording.StateOf(machine.Name, machine.Initial);
        var visited = steps.SelectMany(one => (string[])[one.Step.From, one.Step.To]).Append(present).ToHashSet();
        foreach (var state in machine.States)
        {
            var kind = state == present ? "now" : visited.Contains(state) ? "been" : "state";
            var y = 8 + (place[state] * Row);
            text.Append(Text($"<rect class=\"{kind}\" x=\"{left}\" y=\"{y}\" width=\"{BoxWidth}\" height=\"{BoxHeight}\" rx=\"6\"/>"));
            text.Append(Text($"<text class=\"{kind}\" x=\"{left + (BoxWidth / 2)}\" y=\"{y + 16}\">{Html.Of(state)}</text>"));
        }

        return text.Append("</svg>").ToString();
    }

    private static void DrawArc(
        StringBuilder text, (string From, string To) arc, Dictionary<string, int> place, int left, IReadOnlyList<int> numbers)
    {
        var (from, to) = (place[arc.From], place[arc.To]);
        var leadsOn = to > from;
        var edge = leadsOn ? left + BoxWidth : left;
        var control = edge + ((leadsOn ? 4 : -4) * Bulge(Math.Abs(to - from)) / 3);

        // An arc leaves below the middle of its box and arrives above that of the next, or the other way round.
        var (start, end) = (8 + (from * Row) + 12 + (leadsOn ? 5 : -5), 8 + (to * Row) + 12 + (leadsOn ? -5 : 5));
        var kind = numbers.Count > 0 ? "walked" : "arc";
        text.Append(Text($"<path class=\"{kind}\" d=\"M{edge},{start} C{control},{start} {control},{end} {edge},{end}\"/>"));
        var tip = leadsOn ? 6 : -6;
        text.Append(Text($"<path class=\"{kind} tip\" d=\"M{edge},{end} l{tip},-3 l0,6 z\"/>"));
        if (numbers.Count == 0)
            return;

        var (x, y, label) = (edge + ((leadsOn ? 1 : -1) * Bulge(Math.Abs(to - from))), (start + end) / 2, string.Join(',', numbers));
        var width = 12 + (6 * label.Length);
        text.Append(Text($"<rect class=\"number\" x=\"{x - (width / 2)}\" y=\"{y - 8}\" width=\"{width}\" height=\"16\" rx=\"8\"/>"));
        text.Append(Text($"<text class=\"number\" x=\"{x}\" y=\"{y + 4}\">{label}</text>"));
    }

    private static int Bulge(int distance) => 14 + (11 * distance);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
