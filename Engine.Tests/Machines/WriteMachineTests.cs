using TlsFsm.Machines;
using static TlsFsm.WriteState;
using static TlsFsm.WriteTrigger;

namespace TlsFsm.Tests.Machines;

public sealed class WriteMachineTests
{
    // "-": ignored. "!": refused. Every guard holds; what happens where one does not is tested below.
    private const string Table = """
                            Waiting  Open        KeptOpen  HalfClosed  Ended    Closing  Closed  Over
        HandshakeCompleted  Open     !           !         !           !        !        !       !
        KeptOpen            !        KeptOpen    !         Ended       !        !        !       !
        WriteCloseRequested !        HalfClosed  Ended     -           -        -        -       -
        CloseBegun          !        Closing     Closing   Closing     Closing  !        !       !
        ShutdownCompleted   !        !           !         !           !        Closed   !       !
        ConnectionEnded     Over     Over        Over      Over        Over     Over     Over    -
        """;

    private static IEnumerable<TestCaseData> Cells => ExpectedTable.Parse<WriteState, WriteTrigger>(Table);

    [TestCaseSource(nameof(Cells))]
    public void Every_trigger_in_every_state(WriteState state, WriteTrigger trigger, string expected) =>
        ExpectedTable.Check(WriteMachine.Definition, WriteMachine.Name, new Facts(), state, trigger, expected);

    [Test]
    public void The_table_has_every_cell() => Assert.That(Cells.Count(), Is.EqualTo(8 * 6));

    [TestCase(Open, WriteCloseRequested, "TLS 1.3, or half-close is allowed")]
    [TestCase(WriteState.KeptOpen, WriteCloseRequested, "TLS 1.3, or half-close is allowed")]
    [TestCase(Closing, ShutdownCompleted, "all output was handed to the transport")]
    public void A_guard_that_does_not_hold_refuses_and_names_itself(WriteState state, WriteTrigger trigger, string guard)
    {
        var run = new MachineRun<WriteState, WriteTrigger, ILifeFacts>(
            WriteMachine.Definition, WriteMachine.Name, state, Facts.NoneHolds, new TransitionLog(TimeProvider.System));

        var refusal = Assert.Throws<RefusedTriggerException>(() => run.Fire(trigger))!;

        Assert.That(refusal.UnmetGuards, Is.EqualTo(new[] { guard }));
        Assert.That(run.State, Is.EqualTo(state));
    }

    [Test]
    public void The_end_of_the_connection_is_never_refused()
    {
        foreach (var state in Enum.GetValues<WriteState>())
        foreach (var facts in Facts.All)
            Assert.That(
                () => new MachineRun<WriteState, WriteTrigger, ILifeFacts>(
                    WriteMachine.Definition, WriteMachine.Name, state, facts, new TransitionLog(TimeProvider.System)).Fire(ConnectionEnded),
                Throws.Nothing);
    }
}
