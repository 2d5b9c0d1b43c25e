using System.Net.Sockets;

namespace TlsFsm.Tests.Hosting;

/// <summary>All ways in which a transport ends, and what the peer sees of it.</summary>
[TestFixture]
public sealed class SocketTransportEndingTests : SocketTransportFixture
{
    [Test]
    public async Task An_end_of_stream_answered_with_false_closes_after_the_output()
    {
        RecordingProtocol protocol = null!;
        protocol = new RecordingProtocol { OnEof = () => { protocol.Transport.Write("goodbye"u8); return false; } };
        await Start(protocol);

        await Pair.Send([1, 2, 3]);
        Pair.Peer.Shutdown(SocketShutdown.Send);

        Assert.That(await Pair.ReadToEnd(), Is.EqualTo("goodbye"u8.ToArray()));
        Assert.That(await protocol.Lost, Is.Null);
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made data eof lost")));
        await Release();
    }

    [Test]
    public async Task An_end_of_stream_answered_with_true_leaves_the_way_out_open()
    {
        var protocol = new RecordingProtocol { OnEof = () => true };
        var transport = await Start(protocol);
        var data = SocketPair.Pattern(500_000);

        Pair.Peer.Shutdown(SocketShutdown.Send);
        await protocol.Ended;
        await Loop.Run(() => transport.Write(data));
        Assert.That(await Pair.Read(data.Length), Is.EqualTo(data));

        await Loop.Run(transport.Close);
        Assert.That(await Pair.ReadToEnd(), Is.Empty);
        Assert.That(await protocol.Lost, Is.Null);
        await Release();
    }

    [Test]
    public async Task An_end_of_stream_waits_for_a_paused_protocol()
    {
        var protocol = new RecordingProtocol();
        await Start(protocol);
        await Loop.Run(protocol.Transport.PauseReading);

        Pair.Peer.Shutdown(SocketShutdown.Send);
        await Loop.Drained();
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made")));

        await Loop.Run(protocol.Transport.ResumeReading);
        await protocol.Ended;
    }

    [TestCase(0)]
    [TestCase(10)]
    [TestCase(4 * 1024 * 1024)]
    public async Task Close_delivers_everything_then_the_end_of_stream_then_tells_the_loss(int size)
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var data = SocketPair.Pattern(size);

        await Loop.Run(() =>
        {
            transport.Write(data);
            transport.Close();
            transport.Write("never sent"u8);
            Assert.That((transport.IsClosing, protocol.IsLost), Is.EqualTo((true, false)));
        });

        Assert.That(await Pair.ReadToEnd(), Is.EqualTo(data));
        Assert.That(await protocol.Lost, Is.Null);

        // The socket waits for the peer's end, the protocol did not.
        Assert.That(IsReleased, Is.False);
        Pair.Peer.Shutdown(SocketShutdown.Send);
        await Release();
    }

    [Test]
    public async Task The_loss_is_told_once_the_end_of_stream_was_sent_and_on_a_turn_of_its_own()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var lostInside = true;

        await Loop.Run(() =>
        {
            transport.Close();
            lostInside = protocol.IsLost;
        });

        Assert.That(lostInside, Is.False);
        Assert.That(await protocol.Lost, Is.Null);
    }

    [Test]
    public async Task Unread_bytes_do_not_turn_a_close_into_a_reset()
    {
        var protocol = new RecordingProtocol { OnMade = null };
        var transport = await Start(protocol);
        await Loop.Run(transport.PauseReading);
        await Pair.Send(SocketPair.Pattern(30_000));
        var data = SocketPair.Pattern(200_000, seed: 2);

        await Loop.Run(() =>
        {
            transport.Write(data);
            transport.Close();
        });
        await protocol.Until(() => true, Loop);

        Assert.That(await Pair.ReadToEnd(), Is.EqualTo(data));
        Assert.That(protocol.Received.Length, Is.Zero);
    }

    [Test]
    public async Task A_peer_that_writes_everything_before_it_reads_does_not_block_a_close()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var data = SocketPair.Pattern(2_000_000);
        await Loop.Run(() =>
        {
            transport.Write(data);
            transport.Close();
        });

        await Pair.Send(SocketPair.Pattern(500_000));

        Assert.That(await Pair.ReadToEnd(), Is.EqualTo(data));
        Assert.That(protocol.Received.Length, Is.Zero);
    }

    [Test]
    public async Task A_closed_socket_lingers_no_longer_than_its_time()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);

        await Loop.Run(transport.Close);
        await protocol.Lost;
        Clock.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        await Loop.Drained();
        Assert.That(IsReleased, Is.False);

        Clock.Advance(TimeSpan.FromTicks(1));
        await Release();
    }

    [Test]
    public async Task A_closed_socket_takes_no_more_than_its_limit()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol, new() { MaxLingerBytes = 100_000 });
        await Loop.Run(transport.Close);
        await protocol.Lost;

        // The operating system's buffers take some megabytes whoever reads; what no longer fits finds the socket closed.
        Assert.That(
            async () =>
            {
                for (var i = 0; i < 16; i++)
                    await Pair.Send(SocketPair.Pattern(4_000_000));
            },
            Throws.InstanceOf<SocketException>());
        await Release();
    }

    [Test]
    public async Task A_linger_of_no_time_closes_at_once()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol, new() { LingerTimeout = TimeSpan.Zero });

        await Loop.Run(transport.Close);

        await Release();
        Assert.That(await protocol.Lost, Is.Null);
        Assert.That(await Pair.ReadToEnd(), Is.Empty);
    }

    [Test]
    public async Task A_peer_that_never_reads_cannot_hold_a_closed_connection_for_ever()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await Loop.Run(() =>
        {
            transport.Write(SocketPair.Pattern(4_000_000));
            transport.Close();
        });
        await Loop.Drained();

        // The first period saw what the buffers took, or nothing; in any case the second one sees no progress.
        Clock.Advance(TimeSpan.FromSeconds(30));
        await Loop.Drained();
        Clock.Advance(TimeSpan.FromSeconds(30));

        var reason = await protocol.Lost;
        Assert.That(reason, Is.InstanceOf<IOException>().With.InnerException.InstanceOf<TimeoutException>());
        Assert.That(reason!.Message, Does.Contain(Pair.Peer.LocalEndPoint!.ToString()).And.Contain("took none for 30 s"));
        await Release();
        Assert.That(Pair.ReadToEnd, Throws.InstanceOf<SocketException>());
    }

    [Test]
    public async Task A_slow_peer_may_take_longer_than_the_drain_deadline()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var data = SocketPair.Pattern(2_000_000);
        await Loop.Run(() =>
        {
            transport.Write(data);
            transport.Close();
        });

        // Each time the peer takes as much as it needs to before the system lets us send on, and then pauses for almost the whole deadline.
        var read = new MemoryStream();
        for (var pause = 0; pause < 4; pause++)
        {
            var before = await Loop.Ask(() => transport.QueuedBytes);
            while (await Loop.Ask(() => transport.QueuedBytes) == before)
                read.Write(await Pair.Read(50_000));

            Clock.Advance(TimeSpan.FromSeconds(29));
            await Loop.Drained();
        }

        read.Write(await Pair.ReadToEnd());
        Assert.That(read.ToArray(), Is.EqualTo(data));
        Assert.That(await protocol.Lost, Is.Null);
    }

    [Test]
    public async Task The_last_words_before_an_abort_with_a_reason_arrive_followed_by_an_end_of_stream_and_no_reset()
    {
        // Given bytes from the peer that nobody has read.
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await Loop.Run(transport.PauseReading);
        await Pair.Send(SocketPair.Pattern(30_000));
        var reason = new IOException("a bad record");

        await Loop.Run(() =>
        {
            transport.Write("alert"u8);
            transport.Abort(reason);
            transport.Abort(new IOException("too late"));
        });

        Assert.That(await protocol.Lost, Is.SameAs(reason));
        Assert.That(await Pair.ReadToEnd(), Is.EqualTo("alert"u8.ToArray()));

        // What the peer still sends does not harm either.
        await Pair.Send(SocketPair.Pattern(30_000));
        Pair.Peer.Shutdown(SocketShutdown.Send);
        await Release();
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
    }

    [Test]
    public async Task What_waits_at_an_abort_with_a_reason_has_the_lingers_time_to_go_out()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var data = SocketPair.Pattern(1_000_000);
        var reason = new IOException("a bad record");
        await Loop.Run(() =>
        {
            transport.Write(data);
            transport.Abort(reason);
        });

        Assert.That(await protocol.Lost, Is.SameAs(reason));
        Assert.That(await Pair.ReadToEnd(), Is.EqualTo(data));
    }

    [Test]
    public async Task What_waits_at_an_abort_with_a_reason_is_dropped_after_the_lingers_time()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await Loop.Run(() =>
        {
            transport.Write(SocketPair.Pattern(4_000_000));
            transport.Abort(new IOException("a bad record"));
        });
        await protocol.Lost;

        Clock.Advance(TimeSpan.FromSeconds(2));

        await Release();
        await Until(() => transport.QueuedBytes == 0);
    }

    [Test]
    public async Task A_deliberate_abort_drops_what_waits_and_resets()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);

        await Loop.Run(() =>
        {
            transport.Write(SocketPair.Pattern(4_000_000));
            transport.Abort();
            Assert.That(protocol.IsLost, Is.False);
        });

        Assert.That(await protocol.Lost, Is.Null);
        await Release();
        Assert.That(
            Pair.ReadToEnd,
            Throws.InstanceOf<SocketException>().With.Property(nameof(SocketException.SocketErrorCode)).EqualTo(
                SocketError.ConnectionReset));
    }

    [Test]
    public async Task A_deliberate_abort_ends_a_linger()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await Loop.Run(transport.Close);
        await protocol.Lost;

        await Loop.Run(() => transport.Abort());

        await Release();
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
    }

    [Test]
    public async Task A_reset_by_the_peer_is_an_error_that_names_the_peer()
    {
        var protocol = new RecordingProtocol();
        await Start(protocol);
        var peerName = Pair.Peer.LocalEndPoint!.ToString();

        Pair.Reset();

        var reason = await protocol.Lost;
        Assert.That(reason, Is.InstanceOf<IOException>().With.InnerException.InstanceOf<SocketException>());
        Assert.That(reason!.Message, Does.Contain(peerName).And.Contain("ConnectionReset"));
        await Release();
    }

    [Test]
    public async Task A_reset_while_output_drains_is_an_error_too()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await Loop.Run(() =>
        {
            transport.Write(SocketPair.Pattern(4_000_000));
            transport.Close();
        });

        Pair.Reset();

        Assert.That(await protocol.Lost, Is.InstanceOf<IOException>().With.InnerException.InstanceOf<SocketException>());
        await Release();
        await Until(() => transport.QueuedBytes == 0);
    }

    [Test]
    public async Task What_a_peer_said_before_it_refused_our_bytes_is_still_delivered()
    {
        // Given a peer that answers and closes with bytes unread, so that its system resets the connection.
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var sentByPeer = SocketPair.Pattern(50_000);
        await Loop.Run(() => transport.Write([1, 2, 3]));
        await Until(() => Pair.Peer.Available == 3);

        // When we send at the very moment in which the answer and the reset are there, before either was seen.
        await Loop.Run(() =>
        {
            Pair.Peer.Send(sentByPeer.AsSpan(0, 10_000));
            Pair.Peer.Dispose();
            SpinWait.SpinUntil(() => Pair.Ours.Poll(0, SelectMode.SelectError), Wait.Limit);
            transport.Write(SocketPair.Pattern(100_000));
        });

        Assert.That(await protocol.Lost, Is.InstanceOf<IOException>());
        Assert.That(protocol.Received.ToArray(), Is.EqualTo(sentByPeer[..10_000]));
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made data lost")));
    }

    [Test]
    public async Task Every_call_after_the_end_is_harmless_and_the_loss_is_told_once()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await Loop.Run(() => transport.Abort());
        await protocol.Lost;

        await Loop.Run(() =>
        {
            transport.Write([1]);
            transport.PauseReading();
            transport.ResumeReading();
            transport.Close();
            transport.Abort();
            transport.Abort(new IOException("again"));
        });
        await Loop.Drained();

        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
    }

    [Test]
    public async Task A_socket_closed_behind_the_transports_back_is_a_loss()
    {
        var protocol = new RecordingProtocol();
        await Start(protocol);

        Pair.Ours.Dispose();

        Assert.That(await protocol.Lost, Is.InstanceOf<IOException>());
    }
}
