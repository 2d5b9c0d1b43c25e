using System.Security.Authentication;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>One engine on another (TLS in TLS).</summary>
[TestFixture]
[Property("Defect", "L11")]
internal sealed class StackedEnginesTests
{
    [Test]
    public void The_inner_close_flushes_through_the_outer_and_closes_both()
    {
        var (outer, inner, told) = Stack();

        inner.Transport.Write("deep"u8);
        inner.Transport.Close();
        outer.Receive(Toy.Data(Toy.CloseNotify));
        outer.Run();
        Assert.That(outer.TakeEvents(), Is.EqualTo((string[])["tx d:7 bytes", "tx d:3 bytes", "tx c"]));
        outer.Receive(Toy.CloseNotify);
        outer.Run();

        outer.AssertEvents("transport closes");
        Assert.That(told, Is.EqualTo((string[])["made", "eof", "lost: none"]));
        Assert.That((outer.Connection.CloseReason, inner.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
    }

    [Test]
    public void A_fatal_error_of_the_inner_sends_its_alert_and_reaches_the_transport_below()
    {
        var (outer, inner, told) = Stack();

        outer.Receive(Toy.Data(Toy.Bad));
        outer.Run();

        outer.AssertEvents("tx d:13 bytes", "transport aborts: tls");
        Assert.That(told, Is.EqualTo((string[])["made", "lost: tls"]));
        Assert.That(inner.Failure, Is.SameAs(outer.Connection.Failure));
    }

    [Test]
    public void The_shutdown_timeout_of_the_inner_reaches_the_transport_below()
    {
        var (outer, inner, told) = Stack();

        inner.Transport.Close();
        outer.Advance(30);
        outer.Run();

        outer.AssertLastEvents("tx d:3 bytes", "transport aborts: timeout");
        Assert.That(told[^1], Is.EqualTo("lost: timeout"));
    }

    [Test]
    [Property("Defect", "L30")]
    public void The_end_of_the_outer_waits_for_what_the_inner_has_not_delivered([Values] bool byCloseNotify)
    {
        var (outer, inner, told) = Stack();
        inner.Transport.PauseReading();

        outer.Receive(Toy.Data(Toy.Data("unread")));
        if (byCloseNotify)
            outer.Receive(Toy.CloseNotify);
        outer.ReceiveEndOfStream();
        outer.Run();
        outer.Advance(1000);
        outer.Run();
        Assert.That(told, Is.EqualTo((string[])["made"]));

        inner.Transport.ResumeReading();
        outer.Run();
        Assert.That(told, Is.EqualTo((string[])["made", "data unread", "eof", "lost: none"]));
        Assert.That(outer.Connection.State, Is.EqualTo(TlsState.Unwrapped));
    }

    [Test]
    public void Back_pressure_passes_through_both()
    {
        var (outer, inner, told) = Stack();
        outer.Transport.SetWriteBufferLimits(high: 10);
        inner.Transport.SetWriteBufferLimits(high: 10);
        outer.Connection.PauseWriting();

        inner.Transport.Write("more than the outer mark"u8);
        inner.Transport.Write("more than the inner mark"u8);
        Assert.That(told[^1], Is.EqualTo("pause"));
        outer.Connection.ResumeWriting();

        Assert.That(told[^1], Is.EqualTo("resume"));
        Assert.That((inner.Transport.WriteBufferSize, outer.Transport.WriteBufferSize), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Real_engines_stack_in_both_roles(
        [ValueSource(typeof(TwoEngines), nameof(TwoEngines.Settings))] TwoEngines.Setting setting, [Values] bool isInnerClientOnServer)
    {
        var outer = TwoEngines.Connected(setting);
        var (below, across) = isInnerClientOnServer ? (outer.Server, outer.Client) : (outer.Client, outer.Server);
        var clientOptions = TwoEngines.ClientOptions(SslProtocols.Tls13);
        var serverOptions = TwoEngines.ServerOptions(SslProtocols.Tls13);
        var server = new TwoEngines.End(outer.Loop, across.Transport, BouncyCastleCore.CreateServer(serverOptions), serverOptions, null);
        var client = new TwoEngines.End(outer.Loop, below.Transport, BouncyCastleCore.CreateClient(clientOptions), clientOptions, 100);
        server.Connection.ConnectionMade(across.Transport);
        client.Connection.ConnectionMade(below.Transport);
        outer.Run();
        server.Application.OnData = TwoEnginesTests.Echo(server.Application);
        var sent = Toy.Bytes(Math.Min(20_000, TwoEngines.PayloadSize(setting.ChunkSize)));

        client.Transport.Write(sent);
        outer.Run();
        Assert.That(client.Application.Received.AsSpan().SequenceEqual(sent), Is.True);
        client.Transport.Close();
        outer.Run();

        Assert.That((client.Connection.CloseReason, server.Connection.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
        outer.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
        Assert.That(server.Events[^2..], Is.EqualTo((string[])["eof", "lost: none"]));
    }

    [Test]
    public void A_TLS_connection_is_upgraded_to_TLS_in_TLS(
        [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols outerVersion,
        [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols innerVersion,
        [Values] bool isInnerClientOnServer)
    {
        var outer = TwoEngines.Connected(new TwoEngines.Setting(outerVersion, 17));
        var (below, across) = isInnerClientOnServer ? (outer.Server, outer.Client) : (outer.Client, outer.Server);
        var (clientOptions, serverOptions) = (TwoEngines.ClientOptions(innerVersion), TwoEngines.ServerOptions(innerVersion));
        var (asked, answered) = (new RecordingApplication([]), new RecordingApplication([]));

        var server = TlsConnection.Upgrade(
            across.Transport, outer.Loop, asked, BouncyCastleCore.CreateServer(serverOptions), serverOptions);
        var client = TlsConnection.Upgrade(
            below.Transport, outer.Loop, answered, BouncyCastleCore.CreateClient(clientOptions), clientOptions);
        asked.OnData = TwoEnginesTests.Echo(asked);
        client.Transport.Write("through both"u8);
        outer.Run();
        Assert.That(answered.Received, Is.EqualTo("through both"u8.ToArray()), () => $"{client.Failure}\n{server.Failure}");
        Assert.That((client.Session!.Protocol, below.Connection.Session!.Protocol), Is.EqualTo((innerVersion, outerVersion)));
        server.Transport.Close();
        outer.Run();

        Assert.That((client.CloseReason, server.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
        outer.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
    }

    /// <summary>An outer connection over the toy core, and an inner one upgraded on it; both handshakes finished.</summary>
    private static (TestConnection Outer, TlsConnection Inner, List<string> Told) Stack()
    {
        var outer = TestConnection.Wrapped();
        var told = new List<string>();
        var application = new RecordingApplication(told);
        var inner = TlsConnection.Upgrade(
            outer.Transport, outer.Loop, application, new ToyCore(), new TlsConnectionOptions { TolerateTruncation = true });
        outer.Run();
        outer.Receive(Toy.Data(Toy.Hello));
        outer.Run();
        outer.TakeEvents();
        return (outer, inner, told);
    }
}
