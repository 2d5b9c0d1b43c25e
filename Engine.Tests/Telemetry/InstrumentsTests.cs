using System.Diagnostics.Metrics;
using TlsFsm.Connection.Telemetry;

namespace TlsFsm.Tests.Telemetry;

/// <summary>The instruments themselves: whose they are, and what they count by.</summary>
[TestFixture]
internal sealed class InstrumentsTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void A_factory_has_its_own_made_once_and_without_one_they_are_the_processs()
    {
        using var one = new MeterLog();
        using var other = new MeterLog();

        var first = Instruments.Of(one, Refuse);

        Assert.That(Instruments.Of(one, Refuse), Is.SameAs(first));
        Assert.That(Instruments.Of(other, Refuse), Is.Not.SameAs(first));
        Assert.That(Instruments.Of(null, Refuse), Is.SameAs(Instruments.Shared));
        Assert.That(one.Instruments, Has.Count.EqualTo(10));
    }

    [Test]
    public void A_factory_that_throws_is_told_and_the_processs_are_used()
    {
        var told = new List<string>();

        var instruments = Instruments.Of(new BrokenFactory(), (exception, message) => told.Add($"{message} {exception.Message}"));

        Assert.That(instruments, Is.SameAs(Instruments.Shared));
        Assert.That(told, Is.EqualTo((string[])["The factory of meters failed; the process's own meter is used. a factory"]));
    }

    [Test]
    public void The_meter_says_which_library_and_which_version_it_is_of()
    {
        using var log = new MeterLog();
        Instruments.Of(log, Refuse);

        var version = typeof(TlsConnection).Assembly.GetName().Version!;
        foreach (var instrument in log.Instruments)
            Assert.That(
                (instrument.Meter.Name, instrument.Meter.Version),
                Is.EqualTo((TlsTelemetry.MeterName, $"{version.Major}.{version.Minor}.{version.Build}")));
    }

    [Test]
    public void Durations_are_sorted_from_a_millisecond_to_a_minute()
    {
        using var log = new MeterLog();

        var boundaries = Instruments.Of(log, Refuse).HandshakeDuration.Advice!.HistogramBucketBoundaries;

        Assert.That(boundaries, Is.EqualTo((double[])[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]));
    }

    [Test]
    public void Each_state_between_beginning_and_end_is_counted_and_zeros_are_shown()
    {
        var open = new OpenConnections();
        Assert.That(Shown(open), Is.EqualTo("DoHandshake 0, Wrapped 0, Flushing 0, Shutdown 0"));

        Move(open, "Tls", "Unwrapped", "DoHandshake");
        Move(open, "Tls", "Unwrapped", "DoHandshake");
        Assert.That(Shown(open), Is.EqualTo("DoHandshake 2, Wrapped 0, Flushing 0, Shutdown 0"));
        Move(open, "Tls", "DoHandshake", "Wrapped");
        Assert.That(Shown(open), Is.EqualTo("DoHandshake 1, Wrapped 1, Flushing 0, Shutdown 0"));
        Move(open, "Tls", "Wrapped", "Flushing");
        Assert.That(Shown(open), Is.EqualTo("DoHandshake 1, Wrapped 0, Flushing 1, Shutdown 0"));
        Move(open, "Tls", "Flushing", "Shutdown");
        Move(open, "Tls", "DoHandshake", "Unwrapped");
        Assert.That(Shown(open), Is.EqualTo("DoHandshake 0, Wrapped 0, Flushing 0, Shutdown 1"));
        Move(open, "Tls", "Shutdown", "Unwrapped");

        Assert.That(Shown(open), Is.EqualTo("DoHandshake 0, Wrapped 0, Flushing 0, Shutdown 0"));
    }

    [Test]
    public void Handshakes_that_wait_for_an_answer_are_counted_and_no_other_machine_counts()
    {
        var open = new OpenConnections();

        Move(open, "Read", "Idle", "Deciding");
        Move(open, "Read", "Idle", "Deciding");
        Assert.That(open.Deciding, Is.EqualTo(2));
        Move(open, "Read", "Deciding", "Idle");
        Assert.That(open.Deciding, Is.EqualTo(1));
        Move(open, "Read", "Idle", "Open");
        Move(open, "Write", "Deciding", "Open");
        Move(open, "App", "Wrapped", "Deciding");

        Assert.That(open.Deciding, Is.EqualTo(1));
        Assert.That(Shown(open), Is.EqualTo("DoHandshake 0, Wrapped 0, Flushing 0, Shutdown 0"));
    }

    [Test]
    public void An_error_is_told_by_whose_fault_it_was_else_by_the_reason_else_by_its_type()
    {
        var faulty = new TlsException("x", CloseReason.Failed, TlsFault.PeerMisbehaved);
        var faultless = new TlsException("x", CloseReason.LocalAbort, TlsFault.None);

        Assert.That(ErrorType.Of(CloseReason.Failed, faulty), Is.EqualTo("PeerMisbehaved"));
        Assert.That(ErrorType.Of(CloseReason.LocalAbort, faultless), Is.EqualTo("LocalAbort"));
        Assert.That(ErrorType.Of(CloseReason.TransportLost, null), Is.EqualTo("TransportLost"));
        Assert.That(ErrorType.Of(CloseReason.TransportLost, new IOException()), Is.EqualTo("System.IO.IOException"));
    }

    private static void Move(OpenConnections open, string machine, string from, string to) =>
        open.Move(new Transition(Noon, machine, "whatever", from, to));

    private static string Shown(OpenConnections open) =>
        string.Join(", ", open.Measure().Select(one => $"{one.Tags[0].Value} {one.Value}"));

    private static void Refuse(Exception exception, string message) => throw new AssertionException(message);

    private sealed class BrokenFactory : IMeterFactory
    {
        public Meter Create(MeterOptions options) => throw new NotSupportedException("a factory");

        public void Dispose()
        {
        }
    }
}
