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

    /// <summary>
    /// Fires the trigger in the state: the machine is then where the table says, and its log, or its refusal, says so too.
    /// </summary>
    public static void Check<TState, TTrigger, TFacts>(
        Machine<TState, TTrigger, TFacts> definition, string name, TFacts facts, TState state, TTrigger trigger, string expected)
        where TState : struct, Enum
        where TTrigger : struct, Enum
        where TFacts : class
    {
        var log = new TransitionLog(TimeProvider.System);
        var run = new MachineRun<TState, TTrigger, TFacts>(definition, name, state, facts, log);

        if (expected == Refused)
        {
            var refusal = Assert.Throws<RefusedTriggerException>(() => run.Fire(trigger))!;

            Assert.That((refusal.Machine, refusal.State, refusal.Trigger), Is.EqualTo((name, state.ToString(), trigger.ToString())));
            Assert.That(refusal.UnmetGuards, Is.Empty);
            Assert.That(run.State, Is.EqualTo(state));
            Assert.That(log.ToList(), Is.Empty, "a refused trigger has not happened");
            return;
        }

        run.Fire(trigger);

        var destination = expected == Ignored ? state : Enum.Parse<TState>(expected);
        Assert.That(run.State, Is.EqualTo(destination));
        var step = log.ToList().Single();
        Assert.That((step.Machine, step.Trigger, step.From, step.To),
            Is.EqualTo((name, trigger.ToString(), state.ToString(), destination.ToString())));
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Speak(string answer) => answer switch
    {
        Ignored => "ignored",
        Refused => "refused",
        _ => $"to {answer}",
    };
}
