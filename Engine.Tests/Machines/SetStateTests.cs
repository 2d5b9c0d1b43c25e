using TlsFsm.Machines;
using static TlsFsm.TlsState;
using static TlsFsm.TlsTrigger;

namespace TlsFsm.Tests.Machines;

/// <summary>
/// The seed's <c>_set_state</c>, arc by arc. It allows five: forward one state at a time, and from anywhere to UNWRAPPED; everything
/// else is "cannot switch state from X to Y".
/// </summary>
public sealed class SetStateTests
{
    [Test]
    public void UNWRAPPED_to_DO_HANDSHAKE() => Assert.That(Walk(Unwrapped, Connected), Is.EqualTo(DoHandshake));

    [Test]
    public void DO_HANDSHAKE_to_WRAPPED() => Assert.That(Walk(DoHandshake, HandshakeCompleted), Is.EqualTo(Wrapped));

    [TestCase(CloseRequested)]
    [TestCase(CloseNotifyReceived)]
    [TestCase(EndOfStream)]
    public void WRAPPED_to_FLUSHING(TlsTrigger trigger) => Assert.That(Walk(Wrapped, trigger), Is.EqualTo(Flushing));

    [Test]
    public void FLUSHING_to_SHUTDOWN() => Assert.That(Walk(Flushing, Drained), Is.EqualTo(Shutdown));

    [Test]
    public void Anywhere_to_UNWRAPPED([Values] TlsState from, [Values(Failed, Aborted, TransportLost)] TlsTrigger trigger) =>
        Assert.That(Walk(from, trigger), Is.EqualTo(Unwrapped));

    [TestCase(CloseRequested)]
    [TestCase(EndOfStream)]
    [TestCase(DeadlineElapsed)]
    public void DO_HANDSHAKE_to_UNWRAPPED(TlsTrigger trigger) => Assert.That(Walk(DoHandshake, trigger), Is.EqualTo(Unwrapped));

    [Test]
    public void SHUTDOWN_to_UNWRAPPED_when_its_deadline_has_passed() => Assert.That(Walk(Shutdown, DeadlineElapsed), Is.EqualTo(Unwrapped));

    [TestCaseSource(nameof(ForbiddenArcs))]
    public void Nothing_else(TlsState from, TlsState to)
    {
        var ways = from facts in Facts.All
                   from trigger in Enum.GetValues<TlsTrigger>()
                   let run = In(@from, facts)
                   where TlsMachine.Definition.TryFire(run, trigger, out _) && run.State == to
                   select trigger;

        Assert.That(ways, Is.Empty);
    }

    [Test]
    public void A_whole_life()
    {
        var log = new TransitionLog(TimeProvider.System);
        var run = TlsMachine.Start(new Facts(), log);

        foreach (var trigger in new[] { Connected, HandshakeCompleted, CloseRequested, Drained, EndOfStream, TransportLost })
            run.Fire(trigger);

        Assert.That(log.ToList().Select(step => step.To).Prepend(nameof(Unwrapped)).Distinct().Append(nameof(Unwrapped)),
            Is.EqualTo(new[] { "Unwrapped", "DoHandshake", "Wrapped", "Flushing", "Shutdown", "Unwrapped" }));
        Assert.That(run.State, Is.EqualTo(Unwrapped));
    }

    /// <summary>What the seed refuses, but for staying where one is: here a fact may be noted without a change.</summary>
    private static IEnumerable<TestCaseData> ForbiddenArcs =>
        from before in Enum.GetValues<TlsState>()
        from after in Enum.GetValues<TlsState>()
        where after != before && after != Unwrapped && after != before + 1
        select new TestCaseData(before, after);

    private static TlsState Walk(TlsState from, TlsTrigger trigger)
    {
        var run = In(from, new Facts());
        run.Fire(trigger);
        return run.State;
    }

    private static MachineRun<TlsState, TlsTrigger, ILifeFacts> In(TlsState state, Facts facts) =>
        new(TlsMachine.Definition, TlsMachine.Name, state, facts, new TransitionLog(TimeProvider.System));
}
