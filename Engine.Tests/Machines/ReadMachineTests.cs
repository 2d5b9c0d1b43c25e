using TlsFsm.Machines;
using static TlsFsm.ReadState;
using static TlsFsm.ReadTrigger;

namespace TlsFsm.Tests.Machines;

public sealed class ReadMachineTests
{
    // "-": ignored. "!": refused. Every guard holds, and truncation is tolerated; what happens where one does not is tested below.
    private const string Table = """
                            Idle      Deciding  Held        HeldEnded       Open        Draining        Discarding      DiscardingRest  Closed  Ended  Unanswered  Failed  Over
        DecisionAsked       Deciding  !         !           !               !           !               !               !               !       !      !           !  !
        DecisionMade        !         Idle      !           !               !           !               !               !               !       !      !           !  !
        HandshakeCompleted  Open      !         !           !               !           !               !               !               !       !      !           !  !
        HandshakeHeld       Held      !         !           !               !           !               !               !               !       !      !           !  !
        Continued           !         !         Open        Draining        !           !               !               !               !       !      !           !  !
        EndOfStream         !         !         HeldEnded   -               Draining    -               DiscardingRest  -               Ended   -      -           -  !
        CloseNotifyReceived !         !         !           !               Closed      Ended           Closed          Ended           !       !      !           !  !
        CloseRequested      !         !         Discarding  DiscardingRest  Discarding  DiscardingRest  -               -               -       -      -           -  !
        RestDelivered       !         !         !           !               !           Ended           !               !               !       !      !           !  !
        AnswerGivenUp       !         !         !           !               !           !               Unanswered      Unanswered      !       !      !           !  !
        RecordRefused       !         !         !           !               Failed      Failed          !               !               !       !      !           !  !
        ConnectionEnded     Over      Over      Over        Over            Over        Over            Over            Over            Over    Over   Over        Over    -
        """;

    private static IEnumerable<TestCaseData> Cells => ExpectedTable.Parse<ReadState, ReadTrigger>(Table);

    [TestCaseSource(nameof(Cells))]
    public void Every_trigger_in_every_state(ReadState state, ReadTrigger trigger, string expected) =>
        ExpectedTable.Check(ReadMachine.Definition, ReadMachine.Name, new Facts(), state, trigger, expected);

    [Test]
    public void The_table_has_every_cell() => Assert.That(Cells.Count(), Is.EqualTo(13 * 12));

    [Test]
    public void A_new_connection_reads_nothing() =>
        Assert.That(ReadMachine.Start(new Facts(), new TransitionLog(TimeProvider.System)).State, Is.EqualTo(Idle));

    [TestCase(true, true, Ended)]
    [TestCase(true, false, Failed)]
    [TestCase(false, true, null)]
    [TestCase(false, false, null)]
    public void A_stream_that_ends_without_close_notify_is_what_tolerance_makes_of_it_once_its_rest_is_delivered(
        bool isDelivered, bool isTolerated, ReadState? expected)
    {
        var run = new MachineRun<ReadState, ReadTrigger, ILifeFacts>(
            ReadMachine.Definition, ReadMachine.Name, Draining,
            new Facts { IsRestDelivered = isDelivered, ToleratesTruncation = isTolerated }, new TransitionLog(TimeProvider.System));

        if (expected is { } state)
        {
            run.Fire(RestDelivered);
            Assert.That(run.State, Is.EqualTo(state));
        }
        else
        {
            var refusal = Assert.Throws<RefusedTriggerException>(() => run.Fire(RestDelivered))!;
            Assert.That(refusal.UnmetGuards, Is.EquivalentTo((string[])[
                "all is delivered, and an end without close_notify is tolerated",
                "all is delivered, and an end without close_notify is not tolerated"]));
        }
    }

    [TestCase(true, Ended)]
    [TestCase(false, Closed)]
    public void Behind_a_close_notify_the_end_of_the_stream_counts_for_a_protocol_that_waits(bool hasSuccessor, ReadState expected)
    {
        var run = new MachineRun<ReadState, ReadTrigger, ILifeFacts>(
            ReadMachine.Definition, ReadMachine.Name, Closed, new Facts { HasSuccessor = hasSuccessor },
            new TransitionLog(TimeProvider.System));

        run.Fire(EndOfStream);

        Assert.That(run.State, Is.EqualTo(expected));
    }

    [Test]
    public void The_end_of_the_transports_stream_is_never_refused_after_the_handshake()
    {
        foreach (var state in Enum.GetValues<ReadState>().Except([Idle, Deciding, Over]))
        foreach (var facts in Facts.All)
            Assert.That(
                () => new MachineRun<ReadState, ReadTrigger, ILifeFacts>(
                    ReadMachine.Definition, ReadMachine.Name, state, facts, new TransitionLog(TimeProvider.System)).Fire(EndOfStream),
                Throws.Nothing);
    }
}
