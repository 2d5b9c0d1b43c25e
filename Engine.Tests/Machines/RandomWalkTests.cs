using TlsFsm.Machines;

namespace TlsFsm.Tests.Machines;

/// <summary>Any thousand facts in any order end in a legal state, and throw nothing but the documented refusal.</summary>
public sealed class RandomWalkTests
{
    private const int Steps = 1000;

    [Test]
    public void The_TLS_machine_survives_any_facts_in_any_order([Values(1, 2, 3, 5, 8, 13, 21, 34)] int seed)
    {
        var random = new Random(seed);
        var facts = new Facts();
        var log = new TransitionLog(TimeProvider.System);
        var run = TlsMachine.Start(facts, log);

        Walk(run, log, random, before: () => facts.Shuffle(random),
            mayMove: (from, to) => to == TlsState.Unwrapped || to == from || to == from + 1);
    }

    [Test]
    public void The_application_machine_survives_any_facts_in_any_order([Values(1, 2, 3, 5, 8, 13, 21, 34)] int seed)
    {
        var random = new Random(seed);
        var log = new TransitionLog(TimeProvider.System);
        var run = AppMachine.Start(isConnected: seed % 2 == 0, log);

        // Most walks reach the last state within a few steps and then rattle at its door.
        Walk(run, log, random, before: () => { }, mayMove: (from, to) => to >= from);
    }

    private static void Walk<TState, TTrigger, TFacts>(
        MachineRun<TState, TTrigger, TFacts> run, TransitionLog log, Random random, Action before, Func<TState, TState, bool> mayMove)
        where TState : struct, Enum
        where TTrigger : struct, Enum
        where TFacts : class
    {
        var triggers = Enum.GetValues<TTrigger>();
        var kept = new List<Transition>();
        var refusals = 0;
        for (var step = 0; step < Steps; step++)
        {
            before();
            var from = run.State;
            var trigger = triggers[random.Next(triggers.Length)];
            try
            {
                run.Fire(trigger);
                kept.Add(log.ToList()[^1]);
            }
            catch (RefusedTriggerException refusal)
            {
                refusals++;
                Assert.That(run.State, Is.EqualTo(from), "a refusal changes nothing");
                Assert.That((refusal.State, refusal.Trigger), Is.EqualTo((from.ToString(), trigger.ToString())));
            }

            Assert.That(Enum.IsDefined(run.State), "a legal state");
            Assert.That(mayMove(from, run.State), $"step {step}: {from} --{trigger}--> {run.State}");
        }

        Assert.That(kept, Has.Count.EqualTo(Steps - refusals));
        Assert.That(log.ToList(), Is.EqualTo(kept.TakeLast(TransitionLog.Capacity)));
        Assert.That(
            kept.Zip(kept.Skip(1)), Is.All.Matches<(Transition Earlier, Transition Later)>(pair => pair.Earlier.To == pair.Later.From));
        Assert.That(refusals, Is.InRange(1, Steps - 1), "a walk that meets no refusal, or nothing else, tests nothing");
    }
}
