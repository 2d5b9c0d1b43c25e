using System.Text;

namespace TlsFsm.Tests.Learning;

/// <summary>A learned model as a table: every state x every symbol, also what a picture leaves out.</summary>
internal static class LearnedTable
{
    public static string Write(LearnedModel model)
    {
        var machine = model.Machine;
        var text = new StringBuilder();
        text.Append("<!-- Learned by Engine.Tests/Learning from the running engine; do not edit. -->\n\n");
        text.Append($"# {model.Subject.Title}\n\n");
        text.Append($"{machine.States} states x {machine.Symbols} symbols. Before anything happens it shows: ");
        text.Append($"{Seen(model.Queries.Beginning.Output)}.\n\n");
        text.Append("| state | drawn machines | a way there |\n| --- | --- | --- |\n");
        for (var state = 0; state < machine.States; state++)
            text.Append($"| {state} | {string.Join(" or ", model.Drawn[state])} | {model.Queries.Show(machine.Access[state])} |\n");

        text.Append("\n| state | happens | is seen | next |\n| --- | --- | --- | --- |\n");
        for (var state = 0; state < machine.States; state++)
        {
            foreach (var group in Enumerable.Range(0, machine.Symbols).GroupBy(symbol =>
                (Next: machine.Next[state][symbol], Output: machine.Output[state][symbol])))
                text.Append($"| {state} | {model.Queries.Show(group)} | {Seen(group.Key.Output)} | {group.Key.Next} |\n");
        }

        return text.ToString();
    }

    private static string Seen(string output) => output == Answer.Nothing ? "nothing" : output;
}
