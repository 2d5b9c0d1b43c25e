using Stateless.Reflection;
using TlsFsm.Machines;
using static TlsFsm.TlsState;
using static TlsFsm.TlsTrigger;

namespace TlsFsm.Tests.Machines;

/// <summary>One definition runs for all connections: firing reads it and never changes it.</summary>
public sealed class SharedDefinitionTests
{
    private const int Threads = 8;
    private const int LivesPerThread = 10_000;

    private static readonly TlsTrigger[] Life =
        [Connected, HandshakeCompleted, CloseRequested, Drained, EndOfStream, TransportLost];

    private static readonly TlsState[] Path = [DoHandshake, Wrapped, Flushing, Shutdown, Shutdown, Unwrapped];

    [Test]
    public void Many_threads_may_fire_at_once()
    {
        using var start = new Barrier(Threads);
        var mistakes = new int[Threads];

        var threads = Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            start.SignalAndWait();
            for (var life = 0; life < LivesPerThread; life++)
                mistakes[number] += Live(isEstablished: (life + number) % 3 != 0);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.That(mistakes, Is.All.Zero);
    }

    [Test]
    public void Two_connections_of_one_thread_do_not_disturb_each_other()
    {
        var one = TlsMachine.Start(new Facts(), new TransitionLog(TimeProvider.System));
        var other = TlsMachine.Start(new Facts { IsEstablished = false }, new TransitionLog(TimeProvider.System));

        one.Fire(Connected);
        other.Fire(Connected);
        one.Fire(HandshakeCompleted);

        Assert.That(() => other.Fire(HandshakeCompleted), Throws.TypeOf<RefusedTriggerException>());
        Assert.That((one.State, other.State), Is.EqualTo((Wrapped, DoHandshake)));
    }

    [Test]
    public void A_guard_that_throws_leaves_nothing_behind()
    {
        var broken = TlsMachine.Start(new BrokenFacts(), new TransitionLog(TimeProvider.System));
        var sound = TlsMachine.Start(new Facts(), new TransitionLog(TimeProvider.System));

        Assert.That(() => broken.Fire(Connected), Throws.TypeOf<NotSupportedException>());
        sound.Fire(Connected);

        Assert.That((broken.State, sound.State), Is.EqualTo((Unwrapped, DoHandshake)));
    }

    [Test]
    public void A_guard_that_asks_another_connection_gets_that_connections_answer()
    {
        // What TLS in TLS comes to, should a fact of the outer one ever depend on the inner one.
        var inner = TlsMachine.Start(new Facts(), new TransitionLog(TimeProvider.System));
        var outer = TlsMachine.Start(new NestedFacts(inner), new TransitionLog(TimeProvider.System));

        outer.Fire(Connected);

        Assert.That((inner.State, outer.State), Is.EqualTo((DoHandshake, DoHandshake)));
    }

    [Test]
    public void Costs_a_connection_less_than_600_bytes()
    {
        var facts = new Facts();
        TlsMachine.Start(facts, new TransitionLog(TimeProvider.System));
        AppMachine.Start(isConnected: false, new TransitionLog(TimeProvider.System));
        ReadMachine.Start(facts, new TransitionLog(TimeProvider.System));
        WriteMachine.Start(facts, new TransitionLog(TimeProvider.System));

        var before = GC.GetAllocatedBytesForCurrentThread();
        var log = new TransitionLog(TimeProvider.System);
        var tls = TlsMachine.Start(facts, log);
        var app = AppMachine.Start(isConnected: false, log);
        var read = ReadMachine.Start(facts, log);
        var write = WriteMachine.Start(facts, log);
        var cost = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(cost, Is.InRange(1, 600));
        Assert.That((tls.State, app.State, read.State, write.State),
            Is.EqualTo((Unwrapped, AppState.Init, ReadState.Idle, WriteState.Waiting)));
        TestContext.Out.WriteLine($"{cost} bytes");
    }

    [Test]
    public void Firing_never_changes_the_definition()
    {
        var before = Describe(TlsMachine.Definition.GetInfo()).Concat(Describe(AppMachine.Definition.GetInfo())).ToList();

        foreach (var state in Enum.GetValues<TlsState>())
        foreach (var trigger in Enum.GetValues<TlsTrigger>())
        foreach (var facts in Facts.All)
            TlsMachine.Definition.TryFire(
                new(TlsMachine.Definition, TlsMachine.Name, state, facts, new TransitionLog(TimeProvider.System)), trigger, out _);
        foreach (var state in Enum.GetValues<AppState>())
        foreach (var trigger in Enum.GetValues<AppTrigger>())
            AppMachine.Definition.TryFire(
                new(AppMachine.Definition, AppMachine.Name, state, new object(), new TransitionLog(TimeProvider.System)), trigger, out _);

        var after = Describe(TlsMachine.Definition.GetInfo()).Concat(Describe(AppMachine.Definition.GetInfo()));
        Assert.That(after, Is.EqualTo(before));
        Assert.That(before, Has.Count.GreaterThan(40), "nothing was compared");
    }

    [Test]
    public void A_kept_answer_is_what_Stateless_says_when_it_is_asked()
    {
        var asked = Compare(TlsMachine.Definition, Facts.All) + Compare(ReadMachine.Definition, Facts.All)
            + Compare(WriteMachine.Definition, Facts.All) + Compare(AppMachine.Definition, [new object()]);

        Assert.That(asked, Is.GreaterThan(300), "nothing was compared");
    }

    private static int Compare<TState, TTrigger, TFacts>(Machine<TState, TTrigger, TFacts> machine, IEnumerable<TFacts> all)
        where TState : struct, Enum
        where TTrigger : struct, Enum
        where TFacts : class
    {
        var cells = from state in Enum.GetValues<TState>()
                    from trigger in Enum.GetValues<TTrigger>()
                    from facts in all
                    select (state, trigger, facts);
        foreach (var (state, trigger, facts) in cells)
        {
            var (kept, asked) = (Run(), Run());
            var isTaken = machine.TryFire(kept, trigger, out var unmet);
            var isTakenWhenAsked = machine.Ask(asked, trigger, out var unmetWhenAsked);
            Assert.That((isTaken, kept.State), Is.EqualTo((isTakenWhenAsked, asked.State)), $"{state} x {trigger}");
            Assert.That(unmet, Is.EqualTo(unmetWhenAsked), $"{state} x {trigger}");

            MachineRun<TState, TTrigger, TFacts> Run() => new(machine, "", state, facts, new TransitionLog(TimeProvider.System));
        }

        return cells.Count();
    }

    /// <summary>Lives once without exceptions, which would dominate the time; returns the number of wrong steps.</summary>
    private static int Live(bool isEstablished)
    {
        var facts = new Facts { IsEstablished = isEstablished };
        var run = TlsMachine.Start(facts, new TransitionLog(TimeProvider.System));
        var mistakes = 0;
        for (var step = 0; step < Life.Length; step++)
        {
            if (Life[step] == HandshakeCompleted && !facts.IsEstablished)
            {
                if (TlsMachine.Definition.TryFire(run, HandshakeCompleted, out var unmet) || unmet.Count != 1 || run.State != DoHandshake)
                    mistakes++;
                facts.IsEstablished = true;
            }

            if (!TlsMachine.Definition.TryFire(run, Life[step], out _) || run.State != Path[step])
                mistakes++;
        }

        return mistakes;
    }

    private static IEnumerable<string> Describe(StateMachineInfo info)
    {
        yield return $"initial {info.InitialState}";
        foreach (var state in info.States)
        {
            yield return $"{state}";
            foreach (var move in state.FixedTransitions)
                yield return $"{state} --{move.Trigger}--> {move.DestinationState} {Conditions(move)}";
            foreach (var ignored in state.IgnoredTriggers)
                yield return $"{state} ignores {ignored.Trigger} {Conditions(ignored)}";
            foreach (var dynamic in state.DynamicTransitions)
                yield return $"{state} --{dynamic.Trigger}--> somewhere";
        }

        static string Conditions(TransitionInfo transition) =>
            string.Join(" and ", transition.GuardConditionsMethodDescriptions.Select(condition => condition.Description));
    }

    private sealed class BrokenFacts : ILifeFacts
    {
        public bool IsFresh => throw new NotSupportedException();

        public bool IsClosedBeforeConnect => false;

        public bool IsEstablished => false;

        public bool CanCloseWrite => false;

        public bool AreBothSidesEnding => false;

        public bool IsRestDelivered => false;

        public bool ToleratesTruncation => false;

        public bool IsOutputHandedOver => false;

        public bool IsTransportFree => false;
    }

    private sealed class NestedFacts(MachineRun<TlsState, TlsTrigger, ILifeFacts> inner) : ILifeFacts
    {
        public bool IsFresh
        {
            get
            {
                if (inner.State == Unwrapped)
                    inner.Fire(Connected);
                return inner.State == DoHandshake;
            }
        }

        public bool IsClosedBeforeConnect => false;

        public bool IsEstablished => false;

        public bool CanCloseWrite => false;

        public bool AreBothSidesEnding => false;

        public bool IsRestDelivered => false;

        public bool ToleratesTruncation => false;

        public bool IsOutputHandedOver => false;

        public bool IsTransportFree => false;
    }
}
