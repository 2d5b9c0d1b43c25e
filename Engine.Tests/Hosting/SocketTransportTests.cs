using System.Net;
using System.Net.Sockets;

namespace TlsFsm.Tests.Hosting;

/// <summary>What a transport tells and is told besides bytes and endings.</summary>
[TestFixture]
public sealed class SocketTransportTests : SocketTransportFixture
{
    [Test]
    public async Task A_connection_is_made_once_and_its_facts_are_known_during_and_after_it()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var peerName = Pair.Peer.LocalEndPoint;
        var socketName = Pair.Ours.LocalEndPoint;

        Assert.That(transport.GetExtraInfo(ExtraInfo.PeerName), Is.EqualTo(peerName));
        Assert.That(transport.GetExtraInfo(ExtraInfo.SocketName), Is.EqualTo(socketName));
        Assert.That(transport.GetExtraInfo(ExtraInfo.Socket), Is.SameAs(Pair.Ours));
        Assert.That(transport.GetExtraInfo("no such thing", 42), Is.EqualTo(42));
        Assert.That(Pair.Ours.NoDelay, Is.True);

        Pair.Reset();
        await protocol.Lost;

        Assert.That(transport.GetExtraInfo(ExtraInfo.PeerName), Is.EqualTo(peerName));
        Assert.That(transport.GetExtraInfo(ExtraInfo.SocketName), Is.EqualTo(socketName));
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
    }

    [Test]
    public async Task An_empty_buffer_is_the_protocols_fault_and_ends_the_connection()
    {
        var protocol = new BufferedRecordingProtocol { BufferSize = 0 };
        await Start(protocol);

        await Pair.Send([1]);

        Assert.That(await protocol.Lost, Is.InstanceOf<InvalidOperationException>().With.Message.Contains("returned an empty buffer"));
        Assert.That(Unhandled, Has.Count.EqualTo(1));
    }

    [TestCase("made")]
    [TestCase("data")]
    [TestCase("eof")]
    public async Task An_exception_of_the_protocol_is_reported_and_aborts_the_connection_with_it(string where)
    {
        var bug = new InvalidOperationException("a bug");
        var protocol = new RecordingProtocol
        {
            OnMade = () => { if (where == "made") throw bug; },
            OnData = _ => { if (where == "data") throw bug; },
            OnEof = () => where == "eof" ? throw bug : false,
        };
        SocketTransport.Start(Pair.Ours, protocol, Loop);

        await Pair.Send([1]);
        Pair.Peer.Shutdown(SocketShutdown.Send);

        Assert.That(await protocol.Lost, Is.SameAs(bug));
        Assert.That(Unhandled, Has.Count.EqualTo(1));
        Assert.That(Unhandled[0], Does.StartWith("RecordingProtocol."));
        Assert.That(await Pair.ReadToEnd(), Is.Empty);
    }

    [Test]
    public async Task Exceptions_from_flow_control_and_from_the_loss_are_reported_and_change_nothing()
    {
        var protocol = new RecordingProtocol
        {
            OnPause = () => throw new InvalidOperationException("in pause"),
            OnResume = () => throw new InvalidOperationException("in resume"),
            OnLost = () => throw new InvalidOperationException("in lost"),
        };
        var transport = await Start(protocol);
        var data = SocketPair.Pattern(2_000_000);
        await Loop.Run(() => transport.Write(data));

        Assert.That(await Pair.Read(data.Length), Is.EqualTo(data));
        await protocol.Until(() => protocol.Calls.Last() == "resume", Loop);
        await Loop.Run(transport.Close);
        await protocol.Lost;
        await Loop.Drained();

        Assert.That(Unhandled, Has.Count.EqualTo(3));
    }

    [Test]
    public async Task Another_protocol_gets_what_is_delivered_from_then_on()
    {
        var first = new RecordingProtocol();
        var second = new RecordingProtocol();
        first.OnData = _ => first.Transport.PauseReading();
        var transport = await Start(first);
        await Pair.Send([1]);
        await first.Until(() => first.Received.Length == 1, Loop);

        await Pair.Send([2]);
        await Loop.Run(() =>
        {
            Assert.That((transport.Protocol, transport.IsReading, transport.IsWritingPaused), Is.EqualTo(((IProtocol)first, false, false)));
            transport.Protocol = second;
            transport.ResumeReading();
        });
        await second.Until(() => second.Received.Length == 1, Loop);
        await Loop.Run(transport.Close);
        await second.Lost;

        Assert.That(first.Calls, Is.EqualTo(Calls("made data")));
        Assert.That(second.Calls, Is.EqualTo(Calls("data lost")));
        Assert.That(() => transport.Protocol = null!, Throws.ArgumentNullException);
    }

    [Test]
    public async Task Calls_from_outside_the_loop_are_refused()
    {
        var transport = await Start(new RecordingProtocol());

        Assert.That(() => transport.Write([1]), Throws.InvalidOperationException);
        Assert.That(transport.PauseReading, Throws.InvalidOperationException);
        Assert.That(transport.ResumeReading, Throws.InvalidOperationException);
        Assert.That(transport.Close, Throws.InvalidOperationException);
        Assert.That(() => transport.Abort(), Throws.InvalidOperationException);
    }

    [Test]
    public void Only_a_connected_stream_socket_will_do()
    {
        using var unconnected = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var datagrams = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        datagrams.Connect(IPAddress.Loopback, 9);

        Assert.That(() => SocketTransport.Start(unconnected, new RecordingProtocol(), Loop), Throws.ArgumentException);
        Assert.That(() => SocketTransport.Start(datagrams, new RecordingProtocol(), Loop), Throws.ArgumentException);
        Assert.That(
            () => SocketTransport.Start(Pair.Ours, new RecordingProtocol(), Loop, new() { WriteHighWaterMark = 1, WriteLowWaterMark = 2 }),
            Throws.ArgumentException.With.Message.Contains("high (1) must be >= low (2) must be >= 0"));
        Assert.That(() => SocketTransport.Start(null!, new RecordingProtocol(), Loop), Throws.ArgumentNullException);
        Assert.That(() => SocketTransport.Start(Pair.Ours, null!, Loop), Throws.ArgumentNullException);
        Assert.That(() => SocketTransport.Start(Pair.Ours, new RecordingProtocol(), null!), Throws.ArgumentNullException);
    }

    [Test]
    public void Options_out_of_range_are_refused_by_name()
    {
        Assert.That(
            () => new SocketTransportOptions { MaxReceiveSize = 1023 },
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxReceiveSize"));
        Assert.That(
            () => new SocketTransportOptions { MaxReceiveSize = (16 * 1024 * 1024) + 1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => new SocketTransportOptions { DrainTimeout = TimeSpan.Zero },
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("DrainTimeout"));
        Assert.That(
            () => new SocketTransportOptions { LingerTimeout = TimeSpan.FromTicks(-1) },
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("LingerTimeout"));
        Assert.That(
            () => new SocketTransportOptions { LingerTimeout = TimeSpan.MaxValue }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => new SocketTransportOptions { MaxLingerBytes = -1 },
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxLingerBytes"));
    }
}
