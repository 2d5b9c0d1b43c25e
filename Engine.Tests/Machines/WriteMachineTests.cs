using TlsFsm.Machines;
using static TlsFsm.WriteTrigger;

namespace TlsFsm.Tests.Machines;

public sealed class WriteMachineTests
{
    // "-": ignored. "!": refused. Every guard holds; what happens where one does not is tested below.
    private const string Table = """
                            Waiting Open       KeptOpen HalfClosed Ended   Closing Closed Over
        HandshakeCompleted  Open    !          !        !          !       !       !      !
        KeptOpen            !       KeptOpen   !        Ended      !       !       !      !
        WriteCloseRequested !       HalfClosed Ended    -          -       -       -      -
        CloseBegun          !       Closing    Closing  Closing    Closing !       !      !
        ShutdownCompleted   !       !          !        !          !       Closed  !      !
        ConnectionEnded     Over    Over       Over     Over       Over    Over    Over   -
        """;

    private static IEnumerable<TestCaseData> Cells => ExpectedTable.Parse<WriteState, WriteTrigger>(Table);

    [TestCaseSource(nameof(Cells))]
    public void Every_trigger_in_every_state(WriteState state, WriteTrigger trigger, string expected) =>
        ExpectedTable.Verify(log => In(state, new Facts(), log), trigger, expected);

    [Test]
    public void The_table_has_every_cell() =>
        Assert.That(Cells.Select(cell => (cell.Arguments[0], cell.Arguments[1])).Distinct().Count(),
            Is.EqualTo(Enum.GetValues<WriteState>().Length * Enum.GetValues<WriteTrigger>().Length));

    [TestCase(WriteState.Open, WriteCloseRequested, "TLS 1.3, or half-close is allowed")]
    [TestCase(WriteState.KeptOpen, WriteCloseRequested, "TLS 1.3, or half-close is allowed")]
    [TestCase(WriteState.Closing, ShutdownCompleted, "all output was handed to the transport")]
    public void A_guard_that_does_not_hold_refuses_and_names_itself(WriteState state, WriteTrigger trigger, string guard)
    {
        var run = In(state, Facts.NoneHolds, new TransitionLog(TimeProvider.System));

        var refusal = Assert.Throws<RefusedTriggerException>(() => run.Fire(trigger))!;

        Assert.That(refusal.UnmetGuards, Is.EqualTo(new[] { guard }));
        Assert.That(run.State, Is.EqualTo(state));
    }

    [Test]
    public void A_new_connection_waits_for_its_handshake() =>
        Assert.That(WriteMachine.Start(new Facts(), new TransitionLog(TimeProvider.System)).State, Is.EqualTo(WriteState.Waiting));

    private static MachineRun<WriteState, WriteTrigger, ILifeFacts> In(WriteState state, Facts facts, TransitionLog log) =>
        new(WriteMachine.Definition, WriteMachine.Name, state, facts, log);
}
