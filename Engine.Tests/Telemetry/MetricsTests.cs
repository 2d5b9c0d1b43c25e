using System.Security.Authentication;
using TlsFsm.Tests.Connection;

namespace TlsFsm.Tests.Telemetry;

/// <summary>What a meter shows of connections.</summary>
[TestFixture]
internal sealed class MetricsTests
{
    [TestCase(SslProtocols.Tls12, "1.2")]
    [TestCase(SslProtocols.Tls13, "1.3")]
    public void A_handshake_is_counted_and_timed_by_role_version_and_resumption(SslProtocols version, string name)
    {
        using var meter = new MeterLog();
        var pair = MeteredEngines.Make(meter, version);

        pair.Connect();

        string[] expected = [.. ((string[])["client", "server"]).Select(role =>
            $"tls.established=True tls.protocol.name=tls tls.protocol.version={name} tls.resumed=False tlsfsm.role={role}: 1")];
        Assert.That(meter.Sums("tlsfsm.handshakes"), Is.EqualTo(expected));
        Assert.That(meter.Taken.Where(one => one.Name == "tlsfsm.handshake.duration").Select(one => one.Tags + ": 1").Order(),
            Is.EqualTo(expected));
        Assert.That(meter.Taken.Where(one => one.Name == "tlsfsm.handshake.duration").Select(one => one.Value), Is.All.InRange(0, 60));
    }

    [Test]
    public void A_resumed_handshake_says_so()
    {
        using var meter = new MeterLog();
        var (cache, ring) = (new MemorySessionCache(), new MemoryTicketKeyRing());
        TwoEngines Make() => MeteredEngines.Make(
            meter, client: one => one with { SessionCache = cache }, server: one => one with { TicketKeys = ring });
        Make().Live();

        Make().Live();

        var resumed = meter.Sums("tlsfsm.handshakes").Where(sum => sum.Contains("tls.resumed=True", StringComparison.Ordinal));
        Assert.That(resumed.Count(sum => sum.EndsWith(": 1", StringComparison.Ordinal)), Is.EqualTo(2));
    }

    [Test]
    public void A_handshake_that_fails_says_whose_fault_it_was_and_which_alert_told()
    {
        using var meter = new MeterLog();
        var pair = MeteredEngines.Make(meter, client: one => one with { TargetHost = "somebody.else.test" });

        pair.Connect();

        Assert.That(meter.Sums("tlsfsm.handshakes"), Is.EqualTo((string[])
        [
            "error.type=CertificateRejected tls.established=False tlsfsm.role=client: 1",
            "error.type=PeerAlert tls.established=False tlsfsm.role=server: 1",
        ]));
        Assert.That(meter.Sums("tlsfsm.alerts"), Is.EqualTo((string[])
        [
            "network.io.direction=receive tlsfsm.alert=BadCertificate: 1", "network.io.direction=transmit tlsfsm.alert=BadCertificate: 1",
        ]));
        Assert.That(meter.Sums("tlsfsm.endings"), Is.EqualTo((string[])
        [
            "error.type=CertificateRejected tlsfsm.close_reason=Failed tlsfsm.role=client: 1",
            "error.type=PeerAlert tlsfsm.close_reason=Failed tlsfsm.role=server: 1",
        ]));
        Assert.That(meter.Observe("tlsfsm.active_connections"), Is.Empty);
    }

    [Test]
    public void Open_connections_are_counted_by_state_from_their_beginning_to_their_end()
    {
        using var meter = new MeterLog();
        var pair = MeteredEngines.Make(meter);

        pair.Client.Connection.ConnectionMade(pair.Client.Lower);
        Assert.That(meter.Observe("tlsfsm.active_connections"), Is.EqualTo((string[])["tlsfsm.state=DoHandshake: 1"]));
        pair.Server.Connection.ConnectionMade(pair.Server.Lower);
        pair.Run();
        Assert.That(meter.Observe("tlsfsm.active_connections"), Is.EqualTo((string[])["tlsfsm.state=Wrapped: 2"]));
        pair.Client.Transport.Close();
        Assert.That(
            meter.Observe("tlsfsm.active_connections"), Is.EqualTo((string[])["tlsfsm.state=Shutdown: 1", "tlsfsm.state=Wrapped: 1"]));
        pair.Run();

        Assert.That(meter.Observe("tlsfsm.active_connections"), Is.Empty);
    }

    [Test]
    public void Every_step_of_every_machine_is_counted_as_its_log_has_it()
    {
        using var meter = new MeterLog();
        var pair = MeteredEngines.Make(meter).Live();

        var logged = pair.Client.Connection.Transitions.Concat(pair.Server.Connection.Transitions).Where(one => one.From != one.To)
            .GroupBy(one => $"tlsfsm.from={one.From} tlsfsm.machine={one.Machine} tlsfsm.to={one.To} tlsfsm.trigger={one.Trigger}")
            .Select(group => $"{group.Key}: {group.Count()}").Order(StringComparer.Ordinal);

        Assert.That(meter.Sums("tlsfsm.transitions"), Is.EqualTo(logged));
    }

    [Test]
    public void What_one_end_sends_the_other_receives_and_both_end_clean()
    {
        using var meter = new MeterLog();

        MeteredEngines.Make(meter).Live();

        var io = meter.Sums("tlsfsm.io").ToDictionary(sum => sum.Split(": ")[0], sum => long.Parse(sum.Split(": ")[1], null));
        Assert.That(io["network.io.direction=transmit"], Is.EqualTo(io["network.io.direction=receive"]).And.GreaterThan(1000));
        Assert.That(meter.Sums("tlsfsm.endings"), Is.EqualTo((string[])
        [
            "tlsfsm.close_reason=Clean tlsfsm.role=client: 1", "tlsfsm.close_reason=Clean tlsfsm.role=server: 1",
        ]));
        Assert.That(meter.Sums("tlsfsm.alerts"), Is.EqualTo((string[])
        [
            "network.io.direction=receive tlsfsm.alert=CloseNotify: 2", "network.io.direction=transmit tlsfsm.alert=CloseNotify: 2",
        ]));
    }

    [Test]
    public void Pauses_in_all_four_directions_are_counted_by_who_asked()
    {
        using var meter = new MeterLog();
        var pair = MeteredEngines.Make(meter);
        pair.Connect();
        var (client, server) = (pair.Client, pair.Server);
        var told = new List<TlsPause>();
        client.Connection.FlowPaused = told.Add;

        server.Transport.PauseReading();
        client.Connection.PauseWriting();
        client.Transport.Write(new byte[1024 * 1024]);
        client.Connection.ResumeWriting();
        pair.Run();
        server.Transport.ResumeReading();
        pair.Run();

        Assert.That(meter.Sums("tlsfsm.pauses").Select(sum => sum.Split(": ")[0]), Is.EquivalentTo((string[])
        [
            "network.io.direction=receive tlsfsm.pause.by=Application", "network.io.direction=transmit tlsfsm.pause.by=Transport",
            "network.io.direction=transmit tlsfsm.pause.by=Engine", "network.io.direction=receive tlsfsm.pause.by=Engine",
        ]));
        Assert.That(
            told.Select(one => (one.By, one.IsReceiving, one.IsPaused)).Take(2),
            Is.EqualTo(((TlsPauser, bool, bool)[])[(TlsPauser.Transport, false, true), (TlsPauser.Engine, false, true)]));
        Assert.That(told.Count(one => one.IsPaused), Is.EqualTo(told.Count(one => !one.IsPaused)), "each pause ends");
    }

    [Test]
    public void A_handshake_that_waits_for_an_answer_is_pending_until_it_comes()
    {
        using var meter = new MeterLog();
        TlsDecision<TlsServerChoice>? asked = null;
        var pair = MeteredEngines.Make(meter, server: one => one with { Choose = (_, decision) => asked = decision });

        pair.Connect();
        Assert.That(meter.Observe("tlsfsm.decisions.pending"), Is.EqualTo((string[])[": 1"]));
        asked!.Complete(TlsServerChoice.Default);
        pair.Run();

        Assert.That(meter.Observe("tlsfsm.decisions.pending"), Is.Empty);
        Assert.That(pair.Client.Connection.State, Is.EqualTo(TlsState.Wrapped));
    }

    [Test]
    public void A_limit_that_ends_a_connection_is_counted_by_its_name()
    {
        using var meter = new MeterLog();
        var pair = MeteredEngines.Make(
            meter, client: one => one with { Limits = TlsLimits.Default with { MaxKeyUpdatesWithoutData = 1 } });

        pair.Flood();

        Assert.That(meter.Sums("tlsfsm.limits.hit"), Is.EqualTo((string[])["tlsfsm.limit=MaxKeyUpdatesWithoutData: 1"]));
    }

    [Test]
    public void A_listener_that_throws_is_reported_once_a_connection_and_changes_nothing()
    {
        using var meter = new MeterLog(failure: new NotSupportedException("a listener"));
        var reports = new List<Exception>();
        var pair = MeteredEngines.Make(meter);
        pair.Loop.Unhandled = reports.Add;

        pair.Live();

        pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
        Assert.That(reports.Select(one => one.Message), Is.EqualTo((string[])["a listener", "a listener"]));
    }

    [Test]
    public void A_factory_of_meters_that_throws_is_reported_and_changes_nothing()
    {
        using var meter = new MeterLog();
        var reports = new List<Exception>();
        var pair = MeteredEngines.Make(meter, client: one => one with { MeterFactory = new BrokenFactory() });
        pair.Loop.Unhandled = reports.Add;

        pair.Live();

        pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
        Assert.That(reports.Select(one => one.Message), Is.EqualTo((string[])["a factory"]));
    }

    [Test]
    public void A_meter_that_nobody_listens_to_allocates_nothing()
    {
        using var meter = new MeterLog(listens: false);
        var options = new TlsClientOptions { TargetHost = "a.test", MeterFactory = meter };
        var witness = new TlsFsm.Connection.Telemetry.Witness(
            new Conformance.ToyCore(), options, TimeProvider.System, (exception, _) => throw exception);
        var move = new Transition(default, "Tls", "HandshakeCompleted", "DoHandshake", "Wrapped");
        var answer = new Transition(default, "Read", "DecisionMade", "Deciding", "Idle");
        Tell(10);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Tell(1000);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Tell(int times)
        {
            for (var i = 0; i < times; i++)
            {
                witness.Moved(move);
                witness.Moved(answer);
                witness.Transferred(1, isSent: true);
                witness.Alerted(TlsAlert.CloseNotify, isSent: true);
                witness.Paused(TlsPauser.Engine, isReceiving: true, isPaused: true);
                witness.ReachedLimit("MaxConnections");
            }
        }
    }

    private sealed class BrokenFactory : System.Diagnostics.Metrics.IMeterFactory
    {
        public System.Diagnostics.Metrics.Meter Create(System.Diagnostics.Metrics.MeterOptions options) =>
            throw new NotSupportedException("a factory");

        public void Dispose()
        {
        }
    }
}
