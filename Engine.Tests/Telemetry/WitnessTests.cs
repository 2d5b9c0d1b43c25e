using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Connection.Telemetry;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Telemetry;

/// <summary>Where a connection tells whoever measures or traces it, asked event by event.</summary>
[TestFixture]
internal sealed class WitnessTests
{
    private const string Failing = "A listener of metrics or traces failed.";

    private static readonly TlsClientOptions Client = new() { TargetHost = "a.test" };

    private readonly List<string> _reports = [];
    private readonly FakeTimeProvider _clock = new();
    private MeterLog _meter = null!;

    [SetUp]
    public void SetUp()
    {
        _reports.Clear();
        _meter = new MeterLog();
    }

    [TearDown]
    public void TearDown() => _meter.Dispose();

    [Test]
    public void A_step_is_counted_once_and_a_fact_that_changes_nothing_is_none()
    {
        var witness = Make(Client);

        Move(witness, "Tls", "DeadlineElapsed", "Wrapped", "Wrapped");
        Move(witness, "Write", "CloseBegun", "Open", "Closing");

        Assert.That(_meter.Sums("tlsfsm.transitions"), Is.EqualTo((string[])
        [
            "tlsfsm.from=Open tlsfsm.machine=Write tlsfsm.to=Closing tlsfsm.trigger=CloseBegun: 1",
        ]));
    }

    [Test]
    public void Bytes_are_counted_by_their_direction_and_told_to_the_host()
    {
        var told = new List<(long, bool)>();
        var witness = Make(Client);
        witness.Transferred(1, isSent: true);
        witness.TransferObserver = (count, isSent) => told.Add((count, isSent));

        witness.Transferred(0, isSent: true);
        witness.Transferred(1, isSent: true);
        witness.Transferred(500, isSent: false);

        Assert.That(_meter.Sums("tlsfsm.io"), Is.EqualTo((string[])
        [
            "network.io.direction=receive: 500", "network.io.direction=transmit: 2",
        ]));
        Assert.That(_meter.Taken.Count(), Is.EqualTo(3), "nothing is no transfer");
        Assert.That(told, Is.EqualTo(((long, bool)[])[(0, true), (1, true), (500, false)]));
    }

    [Test]
    public void Alerts_are_counted_by_name_and_direction_and_those_without_a_name_together()
    {
        var witness = Make(Client);

        witness.Alerted(TlsAlert.CloseNotify, isSent: true);
        witness.Alerted((TlsAlert)250, isSent: false);
        witness.Alerted((TlsAlert)251, isSent: false);

        Assert.That(_meter.Sums("tlsfsm.alerts"), Is.EqualTo((string[])
        [
            "network.io.direction=receive tlsfsm.alert=unknown: 2", "network.io.direction=transmit tlsfsm.alert=CloseNotify: 1",
        ]));
    }

    [Test]
    public void A_pause_is_counted_when_it_begins_and_told_when_it_begins_and_ends()
    {
        var told = new List<TlsPause>();
        var witness = Make(Client);
        witness.Paused(TlsPauser.Engine, isReceiving: true, isPaused: true);
        witness.PauseObserver = told.Add;
        _clock.Advance(TimeSpan.FromSeconds(7));

        witness.Paused(TlsPauser.Transport, isReceiving: false, isPaused: true);
        witness.Paused(TlsPauser.Transport, isReceiving: false, isPaused: false);

        Assert.That(_meter.Sums("tlsfsm.pauses"), Is.EqualTo((string[])
        [
            "network.io.direction=receive tlsfsm.pause.by=Engine: 1", "network.io.direction=transmit tlsfsm.pause.by=Transport: 1",
        ]));
        Assert.That(told, Is.EqualTo((TlsPause[])
        [
            new(_clock.GetUtcNow(), TlsPauser.Transport, IsReceiving: false, IsPaused: true),
            new(_clock.GetUtcNow(), TlsPauser.Transport, IsReceiving: false, IsPaused: false),
        ]));
    }

    [Test]
    public void An_observer_of_pauses_that_throws_is_reported_each_time()
    {
        var witness = Make(Client);
        witness.PauseObserver = _ => throw new NotSupportedException("an observer");

        witness.Paused(TlsPauser.Engine, isReceiving: true, isPaused: true);
        witness.Paused(TlsPauser.Engine, isReceiving: true, isPaused: false);

        var report = "The observer of pauses failed. an observer";
        Assert.That(_reports, Is.EqualTo((string[])[report, report]));
    }

    [Test]
    public void A_handshake_is_counted_and_timed_by_the_role_if_there_is_one(
        [Values("client", "server", null)] string? role)
    {
        var witness = Make(role switch
        {
            "client" => Client,
            "server" => new TlsServerOptions { Credential = Support.TestCertificates.Server },
            _ => new TlsConnectionOptions(),
        });

        Connect(witness);
        _clock.Advance(TimeSpan.FromSeconds(2.5));
        Complete(witness);

        var tags = $"tls.established=True{(role is null ? "" : $" tlsfsm.role={role}")}";
        Assert.That(_meter.Sums("tlsfsm.handshakes"), Is.EqualTo((string[])[$"{tags}: 1"]));
        Assert.That(_meter.Sums("tlsfsm.handshake.duration"), Is.EqualTo((string[])[$"{tags}: 2.5"]));
        Assert.That(_meter.Sums("tlsfsm.endings"), Is.Empty);
    }

    [Test]
    public void A_handshake_that_fails_is_counted_and_timed_with_its_error_and_so_is_the_ending_and_the_limit()
    {
        var failure = new TlsException("too much", CloseReason.Failed, TlsFault.PeerMisbehaved) { Limit = "MaxBufferedBytes" };
        var witness = Make(Client, CloseReason.Failed, failure);

        Connect(witness);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Lose(witness);
        Lose(witness);

        var error = "error.type=PeerMisbehaved";
        string[] handshake = [$"{error} tls.established=False tlsfsm.role=client: 1"];
        Assert.That(_meter.Sums("tlsfsm.handshakes"), Is.EqualTo(handshake));
        Assert.That(_meter.Sums("tlsfsm.handshake.duration"), Is.EqualTo(handshake), "one second");
        Assert.That(_meter.Sums("tlsfsm.endings"), Is.EqualTo((string[])[$"{error} tlsfsm.close_reason=Failed tlsfsm.role=client: 1"]));
        Assert.That(_meter.Sums("tlsfsm.limits.hit"), Is.EqualTo((string[])["tlsfsm.limit=MaxBufferedBytes: 1"]));
    }

    [Test]
    public void The_end_of_a_connection_whose_handshake_had_finished_is_an_ending_and_no_handshake()
    {
        var witness = Make(Client, CloseReason.Clean);

        Connect(witness);
        Complete(witness);
        Lose(witness);

        Assert.That(_meter.Sums("tlsfsm.handshakes"), Has.Length.EqualTo(1));
        Assert.That(_meter.Sums("tlsfsm.endings"), Is.EqualTo((string[])["tlsfsm.close_reason=Clean tlsfsm.role=client: 1"]));
        Assert.That(_meter.Sums("tlsfsm.limits.hit"), Is.Empty);
    }

    [Test]
    public void Of_what_was_never_connected_or_closed_before_nothing_has_ended()
    {
        var witness = Make(Client, CloseReason.LocalAbort);

        Move(witness, "Tls", "Connected", "Unwrapped", "Unwrapped");
        Lose(witness);

        Assert.That(_meter.Sums("tlsfsm.endings").Concat(_meter.Sums("tlsfsm.handshakes")), Is.Empty);
    }

    [TestCase("tlsfsm.handshakes")]
    [TestCase("tlsfsm.handshake.duration")]
    [TestCase("tlsfsm.endings")]
    [TestCase("tlsfsm.transitions")]
    public void An_instrument_that_is_listened_to_alone_is_told_as_if_all_were(string only)
    {
        _meter.Dispose();
        _meter = new MeterLog(only: only);
        var witness = Make(Client, CloseReason.Clean);

        Connect(witness);
        Complete(witness);
        Lose(witness);

        Assert.That(_meter.Taken.Select(one => one.Name).Distinct(), Is.EqualTo((string[])[only]));
    }

    [Test]
    public void A_handshake_that_began_before_anybody_listened_has_no_duration()
    {
        var witness = Make(Client);

        Complete(witness);

        Assert.That(_meter.Sums("tlsfsm.handshakes"), Has.Length.EqualTo(1));
        Assert.That(_meter.Sums("tlsfsm.handshake.duration"), Is.Empty);
    }

    [TestCase("tlsfsm.handshakes")]
    [TestCase("tlsfsm.handshake.duration")]
    [TestCase("tlsfsm.endings")]
    [TestCase("tlsfsm.transitions")]
    [TestCase("tlsfsm.io")]
    [TestCase("tlsfsm.alerts")]
    [TestCase("tlsfsm.pauses")]
    [TestCase("tlsfsm.limits.hit")]
    public void A_listener_of_any_instrument_that_throws_is_reported_once(string only)
    {
        _meter.Dispose();
        _meter = new MeterLog(failure: new NotSupportedException("a listener"), only: only);
        var witness = Make(Client, CloseReason.Clean);

        for (var i = 0; i < 2; i++)
        {
            Connect(witness);
            Complete(witness);
            Lose(witness);
            witness.Transferred(1, isSent: true);
            witness.Alerted(TlsAlert.CloseNotify, isSent: true);
            witness.Paused(TlsPauser.Engine, isReceiving: true, isPaused: true);
            witness.ReachedLimit("MaxConnections");
        }

        Assert.That(_reports, Is.EqualTo((string[])[$"{Failing} a listener"]));
    }

    [Test]
    public void A_tracer_that_throws_is_reported_once_and_what_is_measured_is_measured()
    {
        using var spans = new SpanLog(new NotSupportedException("a tracer"));
        var witness = Make(Client, CloseReason.Clean);

        Connect(witness);
        Complete(witness);
        Lose(witness);

        Assert.That(_reports, Is.EqualTo((string[])[$"{Failing} a tracer"]));
        Assert.That(_meter.Sums("tlsfsm.transitions"), Has.Length.EqualTo(4));
    }

    [TestCase("client", ActivityKind.Client)]
    [TestCase("server", ActivityKind.Server)]
    [TestCase(null, ActivityKind.Internal)]
    public void A_connection_is_traced_by_its_name_below_what_its_host_says(string? role, ActivityKind kind)
    {
        using var spans = new SpanLog();
        var parent = new ActivityContext(spans.Root.TraceId, ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        var witness = Make(
            role switch
            {
                "client" => Client,
                "server" => new TlsServerOptions { Credential = Support.TestCertificates.Server },
                _ => new TlsConnectionOptions(),
            },
            CloseReason.Truncated, new IOException("cut"));
        witness.Parent = parent;
        witness.Name = () => "c-7";

        Connect(witness);
        Complete(witness);
        Move(witness, "Tls", "Failed", "Wrapped", "Unwrapped");
        Lose(witness);

        Assert.That(
            spans.Ended.Select(span => (span.OperationName, span.Kind, span.GetTagItem("tlsfsm.connection.id"))),
            Is.EqualTo(new (string, ActivityKind, object?)[] { ("TlsFsm.Handshake", kind, "c-7"), ("TlsFsm.Shutdown", kind, "c-7") }));
        Assert.That(spans.Ended[0].ParentSpanId, Is.EqualTo(parent.SpanId));
        Assert.That(spans.Ended[0].GetTagItem("tls.established"), Is.True);
        Assert.That(
            (spans.Ended[1].GetTagItem("tlsfsm.close_reason"), spans.Ended[1].GetTagItem("error.type"), spans.Ended[1].StatusDescription),
            Is.EqualTo(("Truncated", "System.IO.IOException", "cut")));
    }

    [Test]
    public void Spans_are_part_of_what_ran_when_the_connection_was_made_and_not_of_what_runs_later()
    {
        using var spans = new SpanLog();
        var witness = Make(Client, CloseReason.Clean);

        Activity.Current = null;
        Connect(witness);
        Complete(witness);
        Activity.Current = spans.Root;

        Assert.That(spans.Ended.Single().ParentSpanId, Is.EqualTo(spans.Root.SpanId));
    }

    [Test]
    public void Open_connections_are_counted_whether_anybody_listens_or_not()
    {
        var witness = Make(Client);

        Connect(witness);
        Move(witness, "Read", "DecisionAsked", "Idle", "Deciding");

        Assert.That(_meter.Observe("tlsfsm.active_connections"), Is.EqualTo((string[])["tlsfsm.state=DoHandshake: 1"]));
        Assert.That(_meter.Observe("tlsfsm.decisions.pending"), Is.EqualTo((string[])[": 1"]));
    }

    private Witness Make(TlsConnectionOptions options, CloseReason reason = CloseReason.None, Exception? failure = null) =>
        new(
            new ToyCore(), options with { MeterFactory = _meter }, _clock,
            (exception, message) => _reports.Add($"{message} {exception.Message}"))
        {
            Outcome = new Ended(reason, failure),
        };

    private void Connect(Witness witness) => Move(witness, "Tls", "Connected", "Unwrapped", "DoHandshake");

    /// <summary>The steps that tell of a finished handshake: of TLS, then of the application.</summary>
    private void Complete(Witness witness)
    {
        Move(witness, "Tls", "HandshakeCompleted", "DoHandshake", "Wrapped");
        Move(witness, "App", "HandshakeCompleted", "Init", "ConnectionMade");
    }

    private void Lose(Witness witness) => Move(witness, "App", "TransportLost", "ConnectionMade", "ConnectionLost");

    private void Move(Witness witness, string machine, string trigger, string from, string to) =>
        witness.Moved(new Transition(_clock.GetUtcNow(), machine, trigger, from, to));

    private sealed record Ended(CloseReason Reason, Exception? Failure) : IOutcome;
}
