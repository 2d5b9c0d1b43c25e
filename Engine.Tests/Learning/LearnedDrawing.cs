using System.Security;
using System.Text;

namespace TlsFsm.Tests.Learning;

/// <summary>Draws a learned model in Graphviz's language.</summary>
/// <remarks>
/// A box stands for what most states of one phase do alike, so that an arrow says what is particular to its state. Steps that change and
/// show nothing are not drawn, nor is the question; the table beside the drawing has them all.
/// </remarks>
internal sealed class LearnedDrawing(LearnedModel model)
{
    private const string Ink = "#1f2933";
    private const string Quiet = "#66717d";
    private const string Fill = "#eef4fb";
    private const string Font = "Helvetica,Arial,sans-serif";
    private const int LineWidth = 54;

    private readonly MealyMachine _machine = model.Machine;

    public string Write()
    {
        var text = new StringBuilder();
        text.Append("// Learned by Engine.Tests/Learning from the running engine; do not edit.\n");
        text.Append($"digraph \"{model.Subject.Name}\" {{\n");
        text.Append($"    graph [label=<{Escape(model.Subject.Title)}<br/>{Small(Legend)}<br/> >, labelloc=t,\n");
        text.Append($"        fontname=\"{Font}\", fontsize=18, fontcolor=\"{Ink}\", rankdir=TB, nodesep=0.6, ranksep=0.5, pad=0.3,\n");
        text.Append("        bgcolor=white];\n");
        text.Append($"    node [shape=box, style=\"rounded,filled\", fillcolor=\"{Fill}\", color=\"{Ink}\", penwidth=1.4,\n");
        text.Append($"        fontname=\"{Font}\", fontsize=13, fontcolor=\"{Ink}\", margin=\"0.2,0.1\"];\n");
        text.Append($"    edge [fontname=\"{Font}\", fontsize=11, fontcolor=\"{Ink}\", color=\"{Ink}\", penwidth=1.6, arrowsize=0.8];\n\n");
        text.Append($"    start [shape=circle, style=filled, fillcolor=\"{Ink}\", label=\"\", width=0.16, fixedsize=true];\n");
        for (var state = 0; state < _machine.States; state++)
            text.Append($"    s{state} [label=<{NodeLabel(state)}>{(_machine.IsEnd(state) ? ", peripheries=2" : "")}];\n");

        text.Append('\n');
        text.Append($"    start -> s0 [label=\"{EdgeLabel([Seen(model.Queries.Beginning.Output)])}\"];\n");
        foreach (var phase in Enumerable.Range(0, _machine.States).Where(state => !_machine.IsEnd(state)).GroupBy(PhaseOf))
            WritePhase(text, phase.Key, [.. phase]);

        return text.Append("}\n").ToString();
    }

    private const string Legend =
        "what happens / what is seen; in a state: where the drawn machines stand; dotted: what most states of a phase do; not drawn: what "
        + "changes and shows nothing";

    private void WritePhase(StringBuilder text, string phase, int[] states)
    {
        var usual = Enumerable.Range(0, _machine.Symbols).Select(symbol => Usual(states, symbol)).ToArray();
        var common = Lines(Enumerable.Range(0, _machine.Symbols)
            .Where(symbol => usual[symbol] is not (null, Answer.Nothing))
            .Select(symbol => (symbol, usual[symbol].Next, usual[symbol].Output)));
        if (common.Count > 0)
        {
            var label = $"every state of {phase}<br/>{Small("unless an arrow says otherwise")}";
            text.Append($"    \"any {phase}\" [label=<{label}>, style=\"rounded,dotted\", fillcolor=white, color=\"{Quiet}\"];\n");
            foreach (var (next, lines) in common)
            {
                var target = next is null ? $"\"any {phase}\"" : $"s{next}";
                text.Append($"    \"any {phase}\" -> {target} [label=\"{EdgeLabel(lines)}\", {Faint}];\n");
            }
        }

        foreach (var state in states)
        {
            var own = Enumerable.Range(0, _machine.Symbols).Where(symbol => Step(state, symbol) != usual[symbol])
                .Select(symbol => (symbol, Step(state, symbol).Next, _machine.Output[state][symbol]));
            foreach (var (next, lines) in Lines(own))
            {
                var isEnd = next is { } target && _machine.IsEnd(target);
                text.Append($"    s{state} -> s{next ?? state} [label=\"{EdgeLabel(lines)}\"{(isEnd ? $", {Faint}" : ", weight=8")}];\n");
            }
        }
    }

    /// <summary>What more than half of some states do on a symbol; that nothing changes or shows where there is no such thing.</summary>
    private (int? Next, string Output) Usual(int[] states, int symbol)
    {
        var most = states.GroupBy(state => Step(state, symbol)).MaxBy(group => group.Count())!;
        return most.Count() > 1 && 2 * most.Count() > states.Length ? most.Key : (null, Answer.Nothing);
    }

    /// <summary>A step; null for a next state that is the same.</summary>
    private (int? Next, string Output) Step(int state, int symbol) =>
        (_machine.Next[state][symbol] == state ? null : _machine.Next[state][symbol], _machine.Output[state][symbol]);

    /// <summary>For each target what leads there, a line for each thing that is seen.</summary>
    private List<(int? Next, List<string> Lines)> Lines(IEnumerable<(int Symbol, int? Next, string Output)> steps) =>
    [
        .. from step in steps
           where model.Queries.Alphabet[step.Symbol] != Alphabet.Question.Name
           group step by step.Next into way
           select (way.Key, way.GroupBy(step => step.Output).SelectMany(alike =>
               Wrap($"{model.Queries.Show(alike.Select(step => step.Symbol))} {Seen(alike.Key)}")).ToList()),
    ];

    private string PhaseOf(int state) => model.Drawn[state].Min!.Split(' ')[0];

    /// <summary>The TLS machine's state stands out; the other machines' are below it.</summary>
    private string NodeLabel(int state) =>
        string.Join("<br/>or<br/>", model.Drawn[state].Select(drawn => drawn.Split(' ', 2)).Select(
            drawn => $"<b>{Escape(drawn[0])}</b><br/>{Escape(drawn[1])}")) + $"<br/>{Small($"{state}")}";

    private static string Seen(string output) => output == Answer.Nothing ? "" : $"/ {output}";

    private static IEnumerable<string> Wrap(string line)
    {
        var start = 0;
        while (line.Length - start > LineWidth)
        {
            var end = line.LastIndexOf(' ', start + LineWidth, LineWidth);
            if (end <= start)
                break;

            yield return $"{(start == 0 ? "" : "    ")}{line[start..end]}";
            start = end + 1;
        }

        yield return $"{(start == 0 ? "" : "    ")}{line[start..].TrimEnd()}";
    }

    private static string EdgeLabel(IEnumerable<string> lines) =>
        string.Concat(lines.Where(line => line.Length > 0).Select(line => $"  {line}  \\l"));

    private static string Faint => $"color=\"{Quiet}\", fontcolor=\"{Quiet}\", fontsize=10, penwidth=0.9";

    private static string Small(string words) => $"<font point-size=\"10\" color=\"{Quiet}\">{Escape(words)}</font>";

    private static string Escape(string words) => SecurityElement.Escape(words);
}
