using System.Globalization;
using System.Text;

namespace TlsFsm.Cli.Reporting;

/// <summary>
/// Draws the machines of a running connection in a terminal: their states side by side, the present one lit, the walked ones with the
/// numbers and times of the steps that led there. Where nothing can move, each step is a line and the drawing comes at the end.
/// </summary>
/// <param name="output">Safe for several threads.</param>
/// <param name="moves">Whether the terminal takes what moves its cursor.</param>
internal sealed class LiveDrawing(TextWriter output, bool moves)
{
    private const int Width = 36;

    private readonly ConnectionRecorder _recorder = new("client");
    private int _drawn;

    /// <summary>Follows a connection. Before its transport is connected.</summary>
    public void Attach(TlsConnection connection)
    {
        _recorder.Moved = Show;
        _recorder.Attach(connection);
    }

    /// <summary>Draws how it ended.</summary>
    public void Finish()
    {
        var recording = _recorder.Take();
        output.Write(Up() + Draw(recording));
        output.WriteLine($"{recording.Reason}: {EndingWords.Of(recording.Reason)}");
    }

    private void Show()
    {
        var recording = _recorder.Take();
        if (moves)
            output.Write(Up() + Draw(recording));
        else
            output.WriteLine(recording.Steps[^1].ToString());
    }

    /// <summary>To where the last drawing began.</summary>
    private string Up() => moves && _drawn > 0 ? string.Create(CultureInfo.InvariantCulture, $"\u001b[{_drawn}A") : "";

    private string Draw(Recording recording)
    {
        var columns = DrawnMachine.All.Select(machine => Column(machine, recording)).ToList();
        var text = new StringBuilder();
        _drawn = columns.Max(column => column.Count);
        for (var row = 0; row < _drawn; row++)
        {
            foreach (var column in columns)
            {
                var (cell, isLit) = row < column.Count ? column[row] : ("", false);
                cell = cell.Length > Width - 1 ? cell[..(Width - 2)] + "…" : cell;
                text.Append(isLit && moves ? $"\u001b[7m{cell}\u001b[0m" : cell).Append(' ', Width - cell.Length);
            }

            text.Append(moves ? "\u001b[K\n" : "\n");
        }

        return text.ToString();
    }

    private static List<(string Cell, bool IsLit)> Column(DrawnMachine machine, Recording recording)
    {
        var begin = recording.Steps.Count > 0 ? recording.Steps[0].Time : default;
        var steps = recording.Steps.Where(step => step.Machine == machine.Name && step.From != step.To).ToList();
        var present = recording.StateOf(machine.Name, machine.Initial);
        return
        [
            ($"{machine.Name}: {machine.Title}", false),
            .. machine.States.Select(state =>
            {
                var walked = steps.Select((step, index) => (step, index)).Where(one => one.step.To == state).Select(one =>
                    string.Create(CultureInfo.InvariantCulture, $" {one.index + 1} +{(one.step.Time - begin).TotalMilliseconds:0}ms"));
                return ($"{(state == present ? ">" : " ")} {state}{string.Concat(walked)}", state == present);
            }),
        ];
    }
}
