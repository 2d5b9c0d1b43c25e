using Microsoft.Extensions.Logging;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>Loggers, clocks and observers are foreign code and may throw anywhere; it costs a report, and the connection at most.</summary>
[TestFixture]
internal sealed class ForeignCodeTests
{
    [Test]
    public void A_logger_that_throws_changes_nothing_of_a_whole_life([Values] bool factoryThrows)
    {
        using var factory = new BrokenFactory { ThrowsAtOnce = factoryThrows };
        var test = new TestConnection(new TlsConnectionOptions { TolerateTruncation = true, LoggerFactory = factory });

        LiveAndFail(test);

        var events = test.TakeEvents();
        Assert.That(events.Where(what => !what.StartsWith("hook", StringComparison.Ordinal)),
            Is.EqualTo((string[])["tx h:hello", "made", "waiter: ok", "data one", "tx a:unexpected", "transport aborts: tls", "lost: tls"]));
        Assert.That(events, Has.Some.StartsWith("hook"), "it is reported");
    }

    [Test]
    public void An_observer_of_transitions_that_throws_is_reported_and_changes_nothing()
    {
        var test = new TestConnection();
        test.Connection.Transitioned = _ => throw new NotSupportedException("an observer");

        LiveAndFail(test);

        var events = test.TakeEvents();
        Assert.That(events.Where(what => !what.StartsWith("hook", StringComparison.Ordinal)),
            Is.EqualTo((string[])["tx h:hello", "made", "waiter: ok", "data one", "tx a:unexpected", "transport aborts: tls", "lost: tls"]));
        Assert.That(events, Has.Some.StartsWith("hook"));
    }

    [Test]
    public void An_observer_of_pauses_that_throws_is_reported_and_changes_nothing()
    {
        var test = TestConnection.Wrapped();
        test.Connection.FlowPaused = _ => throw new NotSupportedException("an observer");

        test.Transport.PauseReading();
        test.Receive(Toy.Data("waits"));
        test.Transport.ResumeReading();
        test.Run();

        var events = test.TakeEvents();
        Assert.That(events.Where(what => !what.StartsWith("hook", StringComparison.Ordinal)), Is.EqualTo((string[])["data waits"]));
        Assert.That(events.Count(what => what.StartsWith("hook", StringComparison.Ordinal)), Is.EqualTo(2), "both are reported");
    }

    [Test]
    public void A_timer_that_cannot_be_made_costs_the_connection_and_leaves_nothing([Values] bool inHandshake)
    {
        var test = new TestConnection();
        if (!inHandshake)
        {
            test.Connect();
            test.Receive(Toy.Hello);
            test.Run();
        }

        test.TakeEvents();
        test.Loop.BrokenTimers = true;

        if (inHandshake)
            test.Connect();
        else
            test.Transport.Close();
        test.Loop.BrokenTimers = false;
        test.Run();

        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Unwrapped));
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Failed));
        Assert.That(test.Connection.Handshake.IsCompleted);
        Assert.That(test.Loop.ArmedTimers, Is.Zero);
        Assert.That(test.Connection.Parts.Down.HandedOver is null, "no deadline watches what leaves");
        Assert.That(test.TakeEvents(), Has.Some.StartsWith("hook").And.Some.StartsWith("transport aborts"));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(5)]
    [TestCase(9)]
    public void A_clock_that_fails_from_some_reading_on_hides_no_end(int goodReadings)
    {
        var clock = new BrokenClock(goodReadings);
        var test = new TestConnection(make: self => new TlsConnection(
            new ClockedLoop(self.Loop, clock), self.Application, new Conformance.ToyCore(), new TlsConnectionOptions()));

        LiveAndFail(test);

        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Unwrapped));
        Assert.That(test.Connection.Handshake.IsCompleted);
        Assert.That(test.Loop.ArmedTimers, Is.Zero);
    }

    [Test]
    public void A_clock_that_cannot_measure_costs_the_handshake_a_report_and_nothing_else()
    {
        var test = new TestConnection(make: self => new TlsConnection(
            new ClockedLoop(self.Loop, new ClockWithoutTimestamps()), self.Application, new Conformance.ToyCore(),
            new TlsConnectionOptions()));

        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();

        Assert.That(test.Loop.Reports, Is.EqualTo((string[])["The clock of the event loop failed."]));
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Wrapped));
    }

    private static void LiveAndFail(TestConnection test)
    {
        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();
        test.Receive(Toy.Data("one"), Toy.Bad);
        test.Run();
    }

    private sealed class BrokenFactory : ILoggerFactory, ILogger
    {
        public bool ThrowsAtOnce { get; init; }

        public ILogger CreateLogger(string categoryName) => ThrowsAtOnce ? throw new NotSupportedException("a factory") : this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new NotSupportedException("a logger");

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new NotSupportedException("a logger");
    }

    private sealed class BrokenClock(int goodReadings) : TimeProvider
    {
        private int _readings;

        public override DateTimeOffset GetUtcNow() =>
            _readings++ < goodReadings ? DateTimeOffset.UnixEpoch : throw new NotSupportedException("a clock");

        public override long GetTimestamp() =>
            _readings++ < goodReadings ? 0 : throw new NotSupportedException("a clock");
    }

    private sealed class ClockWithoutTimestamps : TimeProvider
    {
        public override long GetTimestamp() => throw new NotSupportedException("a clock");
    }

    private sealed class ClockedLoop(TurnByTurnLoop inner, TimeProvider clock) : IEventLoop
    {
        public TimeProvider TimeProvider => clock;

        public void CallSoon(Action<object?> callback, object? state) => inner.CallSoon(callback, state);

        public IDisposable CallLater(TimeSpan delay, Action<object?> callback, object? state) => inner.CallLater(delay, callback, state);

        public void ReportUnhandled(Exception exception, string message) => inner.ReportUnhandled(exception, message);
    }
}
