using System.Diagnostics;
using System.Security.Authentication;
using TlsFsm.Tests.Connection;
using TlsFsm.Tests.Hosting;

namespace TlsFsm.Tests.Telemetry;

/// <summary>What a trace shows of connections.</summary>
[TestFixture]
internal sealed class SpanTests
{
    [Test]
    public void A_life_is_a_handshake_and_a_shutdown_with_every_transition_as_an_event()
    {
        using var spans = new SpanLog();
        using var meter = new MeterLog(listens: false);
        var pair = MeteredEngines.Make(meter);

        pair.Live();

        var ours = spans.Ended.Where(span => span.Kind == ActivityKind.Client).ToList();
        Assert.That(ours.Select(span => span.OperationName), Is.EqualTo((string[])["TlsFsm.Handshake", "TlsFsm.Shutdown"]));
        Assert.That(ours[0].ParentSpanId, Is.EqualTo(spans.Root.SpanId));
        Assert.That(ours[1].ParentSpanId, Is.EqualTo(ours[0].SpanId));
        Assert.That(ours[0].GetTagItem("tls.protocol.version"), Is.EqualTo("1.3"));
        Assert.That(ours[0].GetTagItem("tls.established"), Is.True);
        Assert.That(ours[1].GetTagItem("tlsfsm.close_reason"), Is.EqualTo("Clean"));
        Assert.That(ours.Select(span => span.GetTagItem("tlsfsm.connection.id")), Is.All.EqualTo(pair.Client.Connection.Id));
        Assert.That(
            ours.SelectMany(span => span.Events).Select(one => string.Join(' ', one.Tags.Select(tag => tag.Value))),
            Is.EqualTo(pair.Client.Connection.Transitions.Select(one => $"{one.Machine} {one.Trigger} {one.From} {one.To}")));
        Assert.That(spans.Ended.Count(span => span.Kind == ActivityKind.Server), Is.EqualTo(2));
    }

    [Test]
    public void A_decision_is_a_span_of_the_handshake_that_waits_for_it()
    {
        using var spans = new SpanLog();
        using var meter = new MeterLog(listens: false);
        TlsDecision<TlsServerChoice>? asked = null;
        var pair = MeteredEngines.Make(meter, server: one => one with { Choose = (_, decision) => asked = decision });
        pair.Connect();

        asked!.Complete(TlsServerChoice.Default);
        pair.Run();

        var decision = spans.Ended.Single(span => span.OperationName == "TlsFsm.Decision");
        var handshake = spans.Ended.Single(span => span is { OperationName: "TlsFsm.Handshake", Kind: ActivityKind.Server });
        Assert.That(decision.ParentSpanId, Is.EqualTo(handshake.SpanId));
    }

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public void A_handshake_that_fails_says_why(SslProtocols version)
    {
        using var spans = new SpanLog();
        using var meter = new MeterLog(listens: false);
        var pair = MeteredEngines.Make(meter, version, client: one => one with { TargetHost = "somebody.else.test" });

        pair.Connect();

        var handshake = spans.Ended.Single(span => span.Kind == ActivityKind.Client);
        Assert.That(handshake.Status, Is.EqualTo(ActivityStatusCode.Error));
        Assert.That(handshake.GetTagItem("error.type"), Is.EqualTo("CertificateRejected"));
        Assert.That(handshake.GetTagItem("tls.established"), Is.False);
        Assert.That(handshake.StatusDescription, Is.EqualTo(pair.Client.Connection.Failure!.Message));
    }

    [Test]
    public void A_listener_that_throws_changes_nothing_and_nothing_becomes_current()
    {
        using var spans = new SpanLog(new NotSupportedException("a listener"));
        using var meter = new MeterLog(listens: false);
        var reports = new List<Exception>();
        var pair = MeteredEngines.Make(meter);
        pair.Loop.Unhandled = reports.Add;

        pair.Live();

        pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
        Assert.That(reports.Select(one => one.Message), Is.EqualTo((string[])["a listener", "a listener"]));
        Assert.That(Activity.Current, Is.SameAs(spans.Root));
    }

    [Test]
    public async Task A_connect_holds_its_handshake_and_names_the_server()
    {
        using var spans = new SpanLog();
        await using var server = TestServer.Echo();

        await (await server.Open()).DisposeAsync();

        var connect = spans.Ended.Single(span => span.OperationName == "TlsFsm.Connect");
        var handshake = spans.Ended.Single(span => span is { OperationName: "TlsFsm.Handshake", Kind: ActivityKind.Client });
        Assert.That(connect.ParentSpanId, Is.EqualTo(spans.Root.SpanId));
        Assert.That(handshake.ParentSpanId, Is.EqualTo(connect.SpanId));
        Assert.That(connect.GetTagItem("server.port"), Is.EqualTo(server.Port));
    }
}
