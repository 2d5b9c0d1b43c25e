using TlsFsm.Machines;
using static TlsFsm.TlsState;
using static TlsFsm.TlsTrigger;

namespace TlsFsm.Tests.Machines;

public sealed class TlsMachineTests
{
    // "-": ignored. "!": refused. Every guard holds; what happens where one does not is tested below.
    private const string Table = """
                            Unwrapped    DoHandshake  Wrapped    Flushing   Shutdown
        Connected           DoHandshake  !            !          !          !
        HandshakeCompleted  !            Wrapped      !          !          !
        CloseRequested      -            Unwrapped    Flushing   -          -
        CloseNotifyReceived !            !            Flushing   !          !
        EndOfStream         -            Unwrapped    Flushing   -          -
        Drained             !            !            !          Shutdown   !
        TransportHandedOver !            !            Unwrapped  !          Unwrapped
        DeadlineElapsed     -            Unwrapped    -          -          Unwrapped
        Failed              -            Unwrapped    Unwrapped  Unwrapped  Unwrapped
        Aborted             -            Unwrapped    Unwrapped  Unwrapped  Unwrapped
        TransportLost       -            Unwrapped    Unwrapped  Unwrapped  Unwrapped
        """;

    private static IEnumerable<TestCaseData> Cells => ExpectedTable.Parse<TlsState, TlsTrigger>(Table);

    [TestCaseSource(nameof(Cells))]
    public void Every_trigger_in_every_state(TlsState state, TlsTrigger trigger, string expected)
    {
        var log = new TransitionLog(TimeProvider.System);
        var run = In(state, new Facts(), log);

        if (expected == ExpectedTable.Refused)
        {
            var refusal = Assert.Throws<RefusedTriggerException>(() => run.Fire(trigger))!;

            Assert.That(refusal.UnmetGuards, Is.Empty);
            Assert.That(run.State, Is.EqualTo(state));
            Assert.That(log.ToList(), Is.Empty, "a refused trigger has not happened");
            return;
        }

        run.Fire(trigger);

        var destination = expected == ExpectedTable.Ignored ? state : Enum.Parse<TlsState>(expected);
        Assert.That(run.State, Is.EqualTo(destination));
        var step = log.ToList().Single();
        Assert.That((step.Machine, step.Trigger, step.From, step.To),
            Is.EqualTo(("Tls", trigger.ToString(), state.ToString(), destination.ToString())));
    }

    [Test]
    public void The_table_has_every_cell()
    {
        Assert.That(Cells.Select(cell => (cell.Arguments[0], cell.Arguments[1])).Distinct().Count(),
            Is.EqualTo(Enum.GetValues<TlsState>().Length * Enum.GetValues<TlsTrigger>().Length));
    }

    [TestCase(Unwrapped, Connected, "never connected, closed or aborted", "closed before it was connected: aborted on connect")]
    [TestCase(DoHandshake, HandshakeCompleted, "the core says established")]
    [TestCase(Flushing, Drained, "all that was received is delivered or discarded, and our direction ends too")]
    [TestCase(Wrapped, TransportHandedOver, "stopped after the handshake, and all output was handed to the transport")]
    [TestCase(Shutdown, TransportHandedOver, "both sides said close_notify, and all output was handed to the transport")]
    public void A_guard_that_does_not_hold_refuses_and_names_everything(TlsState state, TlsTrigger trigger, params string[] guards)
    {
        var log = new TransitionLog(TimeProvider.System);
        log.Add("Tls", "Connected", "Unwrapped", "DoHandshake");
        var run = In(state, Facts.NoneHolds, log);

        var refusal = Assert.Throws<RefusedTriggerException>(() => run.Fire(trigger))!;

        Assert.That((refusal.Machine, refusal.State, refusal.Trigger), Is.EqualTo(("Tls", state.ToString(), trigger.ToString())));
        Assert.That(refusal.UnmetGuards, Is.EquivalentTo(guards));
        Assert.That(refusal.Transitions, Is.EqualTo(log.ToList()));
        Assert.That(refusal.Message, Does.StartWith($"The Tls machine refuses {trigger} in state {state}: unmet guards: ")
            .And.Contain(guards[0]).And.Contain("Tls: Unwrapped --Connected--> DoHandshake"));
        Assert.That(run.State, Is.EqualTo(state));
    }

    [TestCase(nameof(Facts.IsFresh), Unwrapped, Connected)]
    [TestCase(nameof(Facts.IsEstablished), DoHandshake, HandshakeCompleted)]
    [TestCase(nameof(Facts.AreBothSidesEnding), Flushing, Drained)]
    [TestCase(nameof(Facts.IsTransportFree), Wrapped, TransportHandedOver)]
    [TestCase(nameof(Facts.IsTransportFree), Shutdown, TransportHandedOver)]
    public void A_guard_asks_its_own_fact_alone(string fact, TlsState state, TlsTrigger trigger)
    {
        var property = typeof(Facts).GetProperty(fact)!;
        var allButThis = new Facts();
        property.SetValue(allButThis, false);
        var thisAlone = Facts.NoneHolds;
        property.SetValue(thisAlone, true);

        Assert.That(() => In(state, allButThis).Fire(trigger), Throws.TypeOf<RefusedTriggerException>());
        Assert.That(() => In(state, thisAlone).Fire(trigger), Throws.Nothing);
    }

    [Test]
    public void A_connection_closed_before_it_was_connected_does_not_begin_a_handshake()
    {
        var run = TlsMachine.Start(new Facts { IsFresh = false, IsClosedBeforeConnect = true }, new TransitionLog(TimeProvider.System));

        run.Fire(Connected);

        Assert.That(run.State, Is.EqualTo(Unwrapped));
    }

    [Test]
    public void What_peer_user_or_network_can_cause_at_any_time_is_never_refused(
        [Values] TlsState state,
        [Values(CloseRequested, EndOfStream, DeadlineElapsed, Failed, Aborted, TransportLost)] TlsTrigger trigger)
    {
        foreach (var facts in Facts.All)
            Assert.That(() => In(state, facts).Fire(trigger), Throws.Nothing);
    }

    [Test]
    public void A_new_connection_is_unwrapped() =>
        Assert.That(TlsMachine.Start(new Facts(), new TransitionLog(TimeProvider.System)).State, Is.EqualTo(Unwrapped));

    private static MachineRun<TlsState, TlsTrigger, ILifeFacts> In(TlsState state, Facts facts, TransitionLog? log = null) =>
        new(TlsMachine.Definition, TlsMachine.Name, state, facts, log ?? new TransitionLog(TimeProvider.System));
}
