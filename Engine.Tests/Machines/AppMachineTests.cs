using TlsFsm.Machines;
using static TlsFsm.AppState;
using static TlsFsm.AppTrigger;

namespace TlsFsm.Tests.Machines;

public sealed class AppMachineTests
{
    // "-": ignored. "!": refused. This machine has no guards.
    private const string Table = """
                            Init            ConnectionMade  Eof             ConnectionLost
        HandshakeCompleted  ConnectionMade  -               !               !
        EndReached          !               Eof             -               -
        TransportLost       -               ConnectionLost  ConnectionLost  -
        """;

    private static IEnumerable<TestCaseData> Cells => ExpectedTable.Parse<AppState, AppTrigger>(Table);

    [TestCaseSource(nameof(Cells))]
    public void Every_trigger_in_every_state(AppState state, AppTrigger trigger, string expected)
    {
        var log = new TransitionLog(TimeProvider.System);
        var run = In(state, log);

        if (expected == ExpectedTable.Refused)
        {
            var refusal = Assert.Throws<RefusedTriggerException>(() => run.Fire(trigger))!;

            Assert.That((refusal.Machine, refusal.State, refusal.Trigger), Is.EqualTo(("App", state.ToString(), trigger.ToString())));
            Assert.That(refusal.Message,
                Is.EqualTo($"The App machine refuses {trigger} in state {state}: no arrow leads from there. Nothing happened before."));
            Assert.That(run.State, Is.EqualTo(state));
            Assert.That(log.ToList(), Is.Empty, "a refused trigger has not happened");
            return;
        }

        run.Fire(trigger);

        var destination = expected == ExpectedTable.Ignored ? state : Enum.Parse<AppState>(expected);
        Assert.That(run.State, Is.EqualTo(destination));
        var step = log.ToList().Single();
        Assert.That((step.Machine, step.Trigger, step.From, step.To),
            Is.EqualTo(("App", trigger.ToString(), state.ToString(), destination.ToString())));
    }

    [Test]
    public void The_table_has_every_cell()
    {
        Assert.That(Cells.Select(cell => (cell.Arguments[0], cell.Arguments[1])).Distinct().Count(),
            Is.EqualTo(Enum.GetValues<AppState>().Length * Enum.GetValues<AppTrigger>().Length));
    }

    [TestCase(false, Init)]
    [TestCase(true, ConnectionMade)]
    public void A_new_connection_begins_in_Init_and_an_upgrade_in_ConnectionMade(bool isConnected, AppState expected) =>
        Assert.That(AppMachine.Start(isConnected, new TransitionLog(TimeProvider.System)).State, Is.EqualTo(expected));

    [Test]
    public void An_application_that_was_told_nothing_is_told_nothing()
    {
        var run = In(Init);

        run.Fire(TransportLost);

        Assert.That(run.State, Is.EqualTo(Init));
    }

    [Test]
    public void An_upgraded_application_is_told_of_the_loss_also_before_the_handshake_finished()
    {
        var run = AppMachine.Start(isConnected: true, new TransitionLog(TimeProvider.System));

        run.Fire(TransportLost);

        Assert.That(run.State, Is.EqualTo(ConnectionLost));
    }

    private static MachineRun<AppState, AppTrigger, object> In(AppState state, TransitionLog? log = null) =>
        new(AppMachine.Definition, AppMachine.Name, state, new object(), log ?? new TransitionLog(TimeProvider.System));
}
