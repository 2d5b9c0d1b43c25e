using System.Diagnostics;
using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Connection.Telemetry;
using Trace = TlsFsm.Connection.Telemetry.Trace;

namespace TlsFsm.Tests.Telemetry;

/// <summary>The spans of a connection, moved by hand.</summary>
[TestFixture]
internal sealed class TraceTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly TlsSessionInfo Session = new()
    {
        Protocol = SslProtocols.Tls13, CipherSuite = TlsCipherSuite.TLS_AES_128_GCM_SHA256, Group = "x25519",
        ApplicationProtocol = new SslApplicationProtocol("h2"), IsResumed = true,
    };

    private SpanLog _spans = null!;
    private Trace _trace = null!;

    [SetUp]
    public void SetUp()
    {
        _spans = new SpanLog();
        _trace = new Trace(ActivityKind.Client);
    }

    [TearDown]
    public void TearDown()
    {
        Assert.That(Activity.Current, Is.SameAs(_spans.Root), "no span becomes current");
        _spans.Dispose();
    }

    [Test]
    public void A_handshake_lasts_from_the_connected_transport_to_the_step_that_ended_it_and_says_what_it_settled()
    {
        Connect(1);
        Complete(3);
        _trace.Establish(Session);

        var span = _spans.Ended.Single();
        Assert.That(
            (span.OperationName, span.Kind, span.ParentSpanId),
            Is.EqualTo(("TlsFsm.Handshake", ActivityKind.Client, _spans.Root.SpanId)));
        Assert.That((span.StartTimeUtc, span.Duration), Is.EqualTo((Noon.UtcDateTime.AddSeconds(1), TimeSpan.FromSeconds(2))));
        Assert.That(Tags(span), Is.EqualTo((string[])
        [
            "tls.cipher=TLS_AES_128_GCM_SHA256", "tls.curve=x25519", "tls.established=True", "tls.next_protocol=h2",
            "tls.protocol.name=tls", "tls.protocol.version=1.3", "tls.resumed=True", "tlsfsm.connection.id=c-1",
        ]));
        Assert.That(span.Status, Is.EqualTo(ActivityStatusCode.Unset));
    }

    [Test]
    public void What_was_not_settled_is_not_told()
    {
        Connect(0, id: null);
        Complete(1);

        _trace.Establish(new TlsSessionInfo
        {
            Protocol = SslProtocols.Tls12, CipherSuite = TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        });

        Assert.That(Tags(_spans.Ended.Single()), Is.EqualTo((string[])
        [
            "tls.cipher=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "tls.established=True", "tls.protocol.name=tls",
            "tls.protocol.version=1.2", "tls.resumed=False",
        ]));
    }

    [Test]
    public void A_core_that_says_nothing_of_its_session_has_finished_all_the_same()
    {
        Connect(0);
        Complete(1);

        _trace.Establish(null);

        Assert.That(Tags(_spans.Ended.Single()), Is.EqualTo((string[])["tls.established=True", "tlsfsm.connection.id=c-1"]));
    }

    [Test]
    public void Of_a_span_of_which_not_all_is_wanted_neither_steps_nor_facts_are_told()
    {
        _spans.Dispose();
        _spans = new SpanLog(wanted: ActivitySamplingResult.PropagationData);
        _trace = new Trace(ActivityKind.Server);

        Connect(0);
        Complete(1);
        _trace.Establish(Session);

        var span = _spans.Ended.Single();
        Assert.That(Tags(span), Is.EqualTo((string[])["tls.established=True", "tlsfsm.connection.id=c-1"]));
        Assert.That(span.Events, Is.Empty);
    }

    [TestCase(false, 5)]
    [TestCase(true, 2)]
    public void A_handshake_that_fails_says_why_and_ends_when_it_did(bool hasMoved, int seconds)
    {
        var failure = new TlsException("no shared suite", CloseReason.Failed, TlsFault.Incompatible);
        Connect(0);
        if (hasMoved)
            Move("Tls", "Failed", "DoHandshake", "Unwrapped", 2);

        _trace.End(CloseReason.Failed, failure, Noon.AddSeconds(5));

        var span = _spans.Ended.Single();
        Assert.That(span.Duration, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
        Assert.That((span.Status, span.StatusDescription), Is.EqualTo((ActivityStatusCode.Error, "no shared suite")));
        Assert.That(Tags(span), Is.EqualTo((string[])
        [
            "error.type=Incompatible", "tls.established=False", "tlsfsm.close_reason=Failed", "tlsfsm.connection.id=c-1",
        ]));
    }

    [Test]
    public void A_handshake_that_is_given_up_without_a_failure_is_no_error()
    {
        Connect(0);

        _trace.End(CloseReason.LocalAbort, null, Noon.AddSeconds(5));

        var span = _spans.Ended.Single();
        Assert.That(span.Status, Is.EqualTo(ActivityStatusCode.Unset));
        Assert.That(Tags(span), Is.EqualTo((string[])
        [
            "tls.established=False", "tlsfsm.close_reason=LocalAbort", "tlsfsm.connection.id=c-1",
        ]));
    }

    [Test]
    public void A_shutdown_lasts_from_the_first_direction_that_ends_to_the_end_and_is_part_of_the_handshake()
    {
        Establish();
        Move("Write", "WriteCloseRequested", "Open", "HalfClosed", 4);
        Move("Read", "CloseNotifyReceived", "Open", "Closed", 6);

        _trace.End(CloseReason.Clean, null, Noon.AddSeconds(9));

        var (handshake, shutdown) = (_spans.Ended[0], _spans.Ended[1]);
        Assert.That(_spans.Ended, Has.Count.EqualTo(2));
        Assert.That(
            (shutdown.OperationName, shutdown.Kind, shutdown.ParentSpanId),
            Is.EqualTo(("TlsFsm.Shutdown", ActivityKind.Client, handshake.SpanId)));
        Assert.That((shutdown.StartTimeUtc, shutdown.Duration), Is.EqualTo((Noon.UtcDateTime.AddSeconds(4), TimeSpan.FromSeconds(5))));
        Assert.That(Tags(shutdown), Is.EqualTo((string[])["tlsfsm.close_reason=Clean", "tlsfsm.connection.id=c-1"]));
        Assert.That(Tags(handshake), Has.None.StartsWith("tlsfsm.close_reason"), "it had ended well before");
        Assert.That(Events(shutdown), Is.EqualTo((string[])
        [
            "4 tlsfsm.transition: Write WriteCloseRequested Open HalfClosed", "6 tlsfsm.transition: Read CloseNotifyReceived Open Closed",
        ]));
    }

    [Test]
    public void What_ends_no_direction_begins_no_shutdown()
    {
        Establish();

        Move("App", "EndReached", "ConnectionMade", "Eof", 4);
        Move("Tls", "DeadlineElapsed", "Wrapped", "Wrapped", 5);
        Move("Read", "Continued", "Held", "Open", 6);
        _trace.End(CloseReason.TransportLost, null, Noon.AddSeconds(9));

        Assert.That(_spans.Ended.Select(span => span.OperationName), Is.EqualTo((string[])["TlsFsm.Handshake"]));
    }

    [Test]
    public void Nothing_ends_before_the_handshake_has_finished_and_its_steps_stand_in_it()
    {
        Connect(0);
        Move("Read", "HandshakeCompleted", "Idle", "Open", 1);
        Complete(2);
        _trace.Establish(null);
        Move("App", "EndReached", "ConnectionMade", "Eof", 3);

        var handshake = _spans.Ended.Single();
        Assert.That(Events(handshake), Is.EqualTo((string[])
        [
            "0 tlsfsm.transition: Tls Connected Unwrapped DoHandshake", "1 tlsfsm.transition: Read HandshakeCompleted Idle Open",
            "2 tlsfsm.transition: Tls HandshakeCompleted DoHandshake Wrapped",
        ]));
        Assert.That(handshake.Events.First().Tags.Select(tag => tag.Key), Is.EqualTo((string[])
        [
            "tlsfsm.machine", "tlsfsm.trigger", "tlsfsm.from", "tlsfsm.to",
        ]));
    }

    [Test]
    public void Each_decision_is_a_span_of_the_handshake_for_as_long_as_it_is_awaited()
    {
        Connect(0);
        Move("Read", "DecisionMade", "Deciding", "Idle", 1);
        Assert.That(_spans.Ended, Is.Empty, "none was asked for");
        Move("Read", "DecisionAsked", "Idle", "Deciding", 2);
        Move("Read", "DecisionMade", "Deciding", "Idle", 5);
        Move("Read", "DecisionAsked", "Idle", "Deciding", 6);
        Move("Read", "ConnectionEnded", "Deciding", "Over", 7);
        Move("Read", "ConnectionEnded", "Deciding", "Over", 8);
        _trace.End(CloseReason.LocalAbort, null, Noon.AddSeconds(9));

        var handshake = _spans.Ended[^1];
        Assert.That(
            _spans.Ended.Select(span => $"{span.OperationName} {span.Duration.TotalSeconds}"),
            Is.EqualTo((string[])["TlsFsm.Decision 3", "TlsFsm.Decision 1", "TlsFsm.Handshake 9"]));
        Assert.That(_spans.Ended.SkipLast(1).Select(span => span.ParentSpanId), Has.All.EqualTo(handshake.SpanId));
        Assert.That(_spans.Ended.SkipLast(1).Select(span => span.GetTagItem("tlsfsm.connection.id")), Has.All.EqualTo("c-1"));
    }

    [Test]
    public void Whoever_begins_to_listen_in_the_middle_sees_what_begins_from_then_on_in_the_trace_of_the_connection()
    {
        _trace.Establish(Session);
        Move("Read", "DecisionAsked", "Idle", "Deciding", 1);
        Move("Read", "DecisionMade", "Deciding", "Idle", 2);

        Move("Tls", "CloseRequested", "Wrapped", "Flushing", 3);
        _trace.End(CloseReason.Clean, null, Noon.AddSeconds(4));

        Assert.That(_spans.Ended.Select(span => span.ParentSpanId), Has.All.EqualTo(_spans.Root.SpanId));
        Assert.That(_spans.Ended.Select(span => span.OperationName), Is.SupersetOf((string[])["TlsFsm.Decision", "TlsFsm.Shutdown"]));
    }

    [Test]
    public void A_host_says_what_the_spans_are_part_of()
    {
        var parent = new ActivityContext(_spans.Root.TraceId, ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        _trace.Parent = parent;

        Establish();

        Assert.That(_spans.Ended.Single().ParentSpanId, Is.EqualTo(parent.SpanId));
    }

    [Test]
    public void A_span_without_a_parent_is_a_trace_of_its_own_whatever_runs_around_it()
    {
        var kind = ActivityKind.Producer;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TlsTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Kind == kind ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
        };
        ActivitySource.AddActivityListener(listener);

        var span = Spans.Begin(Spans.Connect, kind, default, Noon)!;
        Spans.Fail(span, "System.IO.IOException", null);
        Spans.End(span, Noon.AddSeconds(1));

        Assert.That((span.ParentId, span.Duration), Is.EqualTo(((string?)null, TimeSpan.FromSeconds(1))));
        Assert.That(span.TraceId, Is.Not.EqualTo(_spans.Root.TraceId));
        Assert.That((span.Status, span.GetTagItem("error.type")), Is.EqualTo((ActivityStatusCode.Error, "System.IO.IOException")));
    }

    private void Connect(int second, string? id = "c-1") => Move("Tls", "Connected", "Unwrapped", "DoHandshake", second, id);

    private void Complete(int second) => Move("Tls", "HandshakeCompleted", "DoHandshake", "Wrapped", second);

    private void Establish()
    {
        Connect(0);
        Complete(1);
        _trace.Establish(Session);
    }

    private void Move(string machine, string trigger, string from, string to, int second, string? id = "c-1") =>
        _trace.Move(new Transition(Noon.AddSeconds(second), machine, trigger, from, to), id);

    private static string[] Tags(Activity span) =>
        [.. span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal)];

    private static string[] Events(Activity span) =>
    [
        .. span.Events.Select(one =>
            $"{(one.Timestamp - Noon).TotalSeconds} {one.Name}: {string.Join(' ', one.Tags.Select(tag => tag.Value))}"),
    ];
}
