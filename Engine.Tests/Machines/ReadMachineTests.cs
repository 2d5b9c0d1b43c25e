using TlsFsm.Machines;
using static TlsFsm.ReadState;
using static TlsFsm.ReadTrigger;

namespace TlsFsm.Tests.Machines;

public sealed class ReadMachineTests
{
    // "-": ignored. "!": refused. Every guard holds; what happens where one does not is tested below.
    private const string Table = """
                            Idle      Deciding Held       HeldEnded      Open       Draining       Discarding     DiscardingRest Closed Ended Unanswered Failed
        DecisionAsked       Deciding  !        !          !              !          !              !              !              !      !     !          !
        DecisionMade        !         Idle     !          !              !          !              !              !              !      !     !          !
        HandshakeCompleted  Open      !        !          !              !          !              !              !              !      !     !          !
        HandshakeHeld       Held      !        !          !              !          !              !              !              !      !     !          !
        Continued           !         !        Open       Draining       !          !              !              !              !      !     !          !
        EndOfStream         !         !        HeldEnded  -              Draining   -              DiscardingRest -              Ended  -     -          -
        CloseNotifyReceived !         !        !          !              Closed     Ended          Closed         Ended          !      !     !          !
        RestDelivered       !         !        !          !              !          Ended          !              !              !      !     !          !
        CloseRequested      !         !        Discarding DiscardingRest Discarding DiscardingRest -              -              -      -     -          -
        AnswerGivenUp       !         !        !          !              !          !              Unanswered     Unanswered     !      !     !          !
        RecordRefused       !         !        !          !              Failed     Failed         !              !              !      !     !          !
        """;

    private static IEnumerable<TestCaseData> Cells => ExpectedTable.Parse<ReadState, ReadTrigger>(Table);

    [TestCaseSource(nameof(Cells))]
    public void Every_trigger_in_every_state(ReadState state, ReadTrigger trigger, string expected) =>
        ExpectedTable.Verify(log => new MachineRun<ReadState, ReadTrigger, ILifeFacts>(
            ReadMachine.Definition, ReadMachine.Name, state, new Facts(), log), trigger, expected);

    [Test]
    public void The_table_has_every_cell() =>
        Assert.That(Cells.Select(cell => (cell.Arguments[0], cell.Arguments[1])).Distinct().Count(),
            Is.EqualTo(Enum.GetValues<ReadState>().Length * Enum.GetValues<ReadTrigger>().Length));

    [Test]
    public void An_end_without_close_notify_that_is_not_tolerated_is_a_failure()
    {
        var run = Draining(new Facts { ToleratesTruncation = false });

        run.Fire(RestDelivered);

        Assert.That(run.State, Is.EqualTo(ReadState.Failed));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void The_end_waits_until_the_rest_is_delivered(bool tolerates)
    {
        var run = Draining(new Facts { IsRestDelivered = false, ToleratesTruncation = tolerates });

        Assert.That(() => run.Fire(RestDelivered), Throws.TypeOf<RefusedTriggerException>());
        Assert.That(run.State, Is.EqualTo(ReadState.Draining));
    }

    [Test]
    public void A_new_connection_reads_nothing() =>
        Assert.That(ReadMachine.Start(new Facts(), new TransitionLog(TimeProvider.System)).State, Is.EqualTo(Idle));

    private static MachineRun<ReadState, ReadTrigger, ILifeFacts> Draining(Facts facts) =>
        new(ReadMachine.Definition, ReadMachine.Name, ReadState.Draining, facts, new TransitionLog(TimeProvider.System));
}
