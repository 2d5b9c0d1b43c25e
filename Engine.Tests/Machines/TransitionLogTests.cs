using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Machines;

namespace TlsFsm.Tests.Machines;

public sealed class TransitionLogTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Keeps_the_last_32_steps_in_order([Values(0, 1, 31, 32, 33, 63, 64, 65, 1000)] int steps)
    {
        var log = new TransitionLog(TimeProvider.System);

        for (var step = 0; step < steps; step++)
            log.Add("Tls", step.ToString(CultureInfo.InvariantCulture), "A", "B");

        var expected = Enumerable.Range(0, steps).TakeLast(32).Select(step => step.ToString(CultureInfo.InvariantCulture));
        Assert.That(log.ToList().Select(step => step.Trigger), Is.EqualTo(expected));
    }

    [Test]
    public void Hands_out_a_copy()
    {
        var log = new TransitionLog(TimeProvider.System);
        log.Add("Tls", "Connected", "Unwrapped", "DoHandshake");
        var before = log.ToList();

        log.Add("Tls", "Aborted", "DoHandshake", "Unwrapped");

        Assert.That(before, Has.Count.EqualTo(1));
    }

    [Test]
    public void Tells_the_time_by_the_clock_that_it_was_given()
    {
        var clock = new FakeTimeProvider(Noon);
        var log = new TransitionLog(clock);

        log.Add("Tls", "Connected", "Unwrapped", "DoHandshake");
        clock.Advance(TimeSpan.FromMilliseconds(1500));
        log.Add("App", "HandshakeCompleted", "Init", "ConnectionMade");

        Assert.That(log.ToList(), Is.EqualTo(new[]
        {
            new Transition(Noon, "Tls", "Connected", "Unwrapped", "DoHandshake"),
            new Transition(Noon.AddSeconds(1.5), "App", "HandshakeCompleted", "Init", "ConnectionMade"),
        }));
        Assert.That(log.ToList()[1].ToString(), Is.EqualTo("12:00:01.500 App: Init --HandshakeCompleted--> ConnectionMade"));
    }

    [Test]
    public void A_clock_or_an_observer_that_fails_is_told_and_the_step_stands_at_the_last_time_that_was_known()
    {
        var reports = new List<string>();
        var clock = new FailingClock(Noon);
        var log = new TransitionLog(clock, (exception, message) => reports.Add($"{message} {exception.Message}"));

        log.Add("Tls", "Connected", "Unwrapped", "DoHandshake");
        clock.Fails = true;
        log.Add("Tls", "Aborted", "DoHandshake", "Unwrapped");
        clock.Fails = false;
        log.Added = _ => throw new NotSupportedException("an observer");
        log.Add("Tls", "TransportLost", "Unwrapped", "Unwrapped");

        Assert.That(reports, Is.EqualTo((string[])
        [
            "The clock of the event loop failed. a clock", "The observer of transitions failed. an observer",
        ]));
        Assert.That(log.ToList().Select(step => step.Time), Is.EqualTo(new[] { Noon, Noon, Noon }));
    }

    [Test]
    public void Where_nobody_is_told_of_them_failures_are_the_callers()
    {
        var clock = new FailingClock(Noon) { Fails = true };
        var log = new TransitionLog(clock);

        Assert.That(() => log.Add("Tls", "Connected", "Unwrapped", "DoHandshake"), Throws.TypeOf<NotSupportedException>());
        clock.Fails = false;
        log.Added = _ => throw new NotSupportedException("an observer");

        Assert.That(() => log.Add("Tls", "Connected", "Unwrapped", "DoHandshake"), Throws.TypeOf<NotSupportedException>());
    }

    [Test]
    public void Both_machines_of_a_connection_write_into_one_log()
    {
        var log = new TransitionLog(TimeProvider.System);
        var tls = TlsMachine.Start(new Facts(), log);
        var app = AppMachine.Start(isConnected: false, log);

        tls.Fire(TlsTrigger.Connected);
        tls.Fire(TlsTrigger.HandshakeCompleted);
        app.Fire(AppTrigger.HandshakeCompleted);

        Assert.That(log.ToList().Select(step => step.Machine), Is.EqualTo(new[] { "Tls", "Tls", "App" }));
    }

    [Test]
    public void A_refusal_tells_the_last_32_steps_of_both_machines()
    {
        var log = new TransitionLog(TimeProvider.System);
        var run = TlsMachine.Start(new Facts(), log);
        for (var step = 0; step < 40; step++)
            run.Fire(TlsTrigger.Aborted);

        var refusal = Assert.Throws<RefusedTriggerException>(() => run.Fire(TlsTrigger.Drained))!;

        Assert.That(refusal.Transitions, Has.Count.EqualTo(32));
        Assert.That(refusal.Message.Split("Unwrapped --Aborted--> Unwrapped"), Has.Length.EqualTo(33));
    }

    private sealed class FailingClock(DateTimeOffset now) : TimeProvider
    {
        public bool Fails { get; set; }

        public override DateTimeOffset GetUtcNow() => Fails ? throw new NotSupportedException("a clock") : now;
    }
}
