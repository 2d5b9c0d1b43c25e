using TlsFsm.Machines;

namespace TlsFsm.Tests.Machines;

/// <summary>A state x trigger table written out in a test, cell by cell: what a machine does when every guard holds.</summary>
internal static class ExpectedTable
{
    public const string Ignored = "-";
    public const string Refused = "!";

    /// <summary>
    /// Reads a table whose first line names the states, and whose other lines name a trigger and then one answer for each state.
    /// </summary>
    public static IEnumerable<TestCaseData> Parse<TState, TTrigger>(string table)
        where TState : struct, Enum
        where TTrigger : struct, Enum
    {
        var lines = table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Words).ToList();
        var states = lines[0].Select(Enum.Parse<TState>).ToList();
        return from line in lines.Skip(1)
               from cell in states.Zip(line.Skip(1), (state, answer) => (state, answer))
               let trigger = Enum.Parse<TTrigger>(line[0])
               select new TestCaseData(cell.state, trigger, cell.answer).SetName($"{{m}}({cell.state}, {trigger}: {Speak(cell.answer)})");
    }

    /// <summary>Fires one cell of a table, and looks at the state and at the log.</summary>
    /// <param name="start">Makes the run, in the cell's state.</param>
    /// <param name="trigger">The cell's trigger.</param>
    /// <param name="expected">What the table says.</param>
    public static void Verify<TState, TTrigger, TFacts>(
        Func<TransitionLog, MachineRun<TState, TTrigger, TFacts>> start, TTrigger trigger, string expected)
        where TState : struct, Enum
        where TTrigger : struct, Enum
        where TFacts : class
    {
        var log = new TransitionLog(TimeProvider.System);
        var run = start(log);
        var state = run.State;

        if (expected == Refused)
        {
            Assert.That(() => run.Fire(trigger), Throws.TypeOf<RefusedTriggerException>());
            Assert.That((run.State, log.ToList().Count), Is.EqualTo((state, 0)), "a refused trigger has not happened");
            return;
        }

        run.Fire(trigger);

        var destination = expected == Ignored ? state : Enum.Parse<TState>(expected);
        var step = log.ToList().Single();
        Assert.That(run.State, Is.EqualTo(destination));
        Assert.That((step.Trigger, step.From, step.To), Is.EqualTo((trigger.ToString(), state.ToString(), destination.ToString())));
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Speak(string answer) => answer switch
    {
        Ignored => "ignored",
        Refused => "refused",
        _ => $"to {answer}",
    };
}
