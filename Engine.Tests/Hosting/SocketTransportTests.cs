using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Abstractions;
using TlsFsm.Hosting;

namespace TlsFsm.Tests.Hosting;

/// <summary>A transport over real loopback sockets, with a scripted protocol above and a test that plays the peer.</summary>
[TestFixture]
public sealed class SocketTransportTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<string> _unhandled = [];
    private SerialEventLoop _loop = null!;
    private SocketPair _pair = null!;
    private TaskCompletionSource _released = null!;

    [SetUp]
    public async Task SetUp()
    {
        _unhandled.Clear();
        _loop = new SerialEventLoop(_clock, onUnhandled: (_, message) => _unhandled.Add(message));
        // Buffers of the system small enough to be filled, and above the loopback interface's segments of 64 KiB, or every step waits for a timer.
        _pair = await SocketPair.Connected(peerReceiveBuffer: 128 * 1024);
        _pair.Ours.SendBufferSize = 128 * 1024;
        _released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [TearDown]
    public void TearDown() => _pair.Dispose();

    [Test]
    public async Task A_connection_is_made_once_and_its_facts_are_known_during_and_after_it()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var peerName = _pair.Peer.LocalEndPoint;
        var socketName = _pair.Ours.LocalEndPoint;

        Assert.That(transport.GetExtraInfo(ExtraInfo.PeerName), Is.EqualTo(peerName));
        Assert.That(transport.GetExtraInfo(ExtraInfo.SocketName), Is.EqualTo(socketName));
        Assert.That(transport.GetExtraInfo(ExtraInfo.Socket), Is.SameAs(_pair.Ours));
        Assert.That(transport.GetExtraInfo("no such thing", 42), Is.EqualTo(42));
        Assert.That(_pair.Ours.NoDelay, Is.True);

        _pair.Reset();
        await protocol.Lost;

        Assert.That(transport.GetExtraInfo(ExtraInfo.PeerName), Is.EqualTo(peerName));
        Assert.That(transport.GetExtraInfo(ExtraInfo.SocketName), Is.EqualTo(socketName));
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Bytes_arrive_whole_and_in_order(bool buffered)
    {
        var protocol = Protocol(buffered);
        await Start(protocol);
        var sent = SocketPair.Pattern(300_000);

        await _pair.Send(sent);
        await protocol.Until(() => protocol.Received.Length >= sent.Length, _loop);

        Assert.That(protocol.Received.ToArray(), Is.EqualTo(sent));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Eight_MiB_go_both_ways_with_slow_readers_and_both_queues_bounded(bool buffered)
    {
        // Given an echo that stops reading while its peer does not take what it wrote.
        const int total = 8 * 1024 * 1024;
        var (highest, pauses) = (0L, 0);
        SocketTransport transport = null!;
        RecordingProtocol protocol = null!;
        protocol = Protocol(buffered, r => new()
        {
            OnPause = () => { pauses++; r().Transport.PauseReading(); },
            OnResume = () => r().Transport.ResumeReading(),
        });
        protocol.OnData = data =>
        {
            protocol.Received.SetLength(0);
            protocol.Transport.Write(data);
            highest = Math.Max(highest, transport.QueuedBytes);
        };
        transport = SocketTransport.Start(_pair.Ours, protocol, _loop, new() { MaxReceiveSize = 32 * 1024 });
        var sent = SocketPair.Pattern(total);

        // When the peer sends without pause and takes back in small steps, late.
        var sending = Task.Run(() => _pair.Send(sent));
        await protocol.Until(() => pauses > 0, _loop);
        var echoed = new MemoryStream();
        while (echoed.Length < total)
            echoed.Write(await _pair.Read((int)Math.Min(50_000, total - echoed.Length)));
        await sending;

        // Then nothing is lost, and never more waited than the high mark and one read.
        Assert.That(echoed.ToArray().AsSpan().SequenceEqual(sent), Is.True);
        Assert.That(highest, Is.GreaterThan(64 * 1024).And.LessThanOrEqualTo((64 + 32) * 1024));
    }

    [Test]
    public async Task A_paused_protocol_gets_nothing_and_the_peer_feels_it()
    {
        var protocol = new RecordingProtocol();
        protocol.OnData = _ => protocol.Transport.PauseReading();
        await Start(protocol);

        // Given a peer that sends until nothing more fits anywhere.
        _pair.Peer.Blocking = false;
        _pair.Peer.Send([1]);
        await protocol.Until(() => protocol.Received.Length == 1, _loop);
        var accepted = FillUntilStuck();

        // Then none of it was delivered: it waits in the operating system's buffers.
        await _loop.Drained();
        Assert.That(protocol.Received.Length, Is.EqualTo(1));

        // And after a resume all of it comes.
        await _loop.Run(() =>
        {
            protocol.OnData = null;
            protocol.Transport.ResumeReading();
            protocol.Transport.ResumeReading();
        });
        await protocol.Until(() => protocol.Received.Length == 1 + accepted, _loop);
    }

    [Test]
    public async Task A_resume_inside_the_delivery_that_paused_changes_nothing()
    {
        var protocol = new RecordingProtocol();
        protocol.OnData = _ =>
        {
            protocol.Transport.PauseReading();
            protocol.Transport.ResumeReading();
        };
        await Start(protocol);

        await _pair.Send(SocketPair.Pattern(200_000));
        await protocol.Until(() => protocol.Received.Length == 200_000, _loop);
    }

    [Test]
    public async Task Writes_of_one_turn_are_sent_together_and_their_buffers_are_free_at_once()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var scratch = new byte[10];

        await _loop.Run(() =>
        {
            for (byte i = 0; i < 100; i++)
            {
                scratch.AsSpan().Fill(i);
                transport.Write(scratch);
            }

            Assert.That(transport.QueuedBytes, Is.EqualTo(1000));
        });

        var expected = Enumerable.Range(0, 100).SelectMany(i => Enumerable.Repeat((byte)i, 10));
        Assert.That(await _pair.Read(1000), Is.EqualTo(expected));
    }

    [Test]
    public async Task Pause_and_resume_alternate_at_the_marks()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol, new() { WriteHighWaterMark = 100_000, WriteLowWaterMark = 10_000 });
        var data = SocketPair.Pattern(3_000_000);

        // When more is written than the sockets take.
        await _loop.Run(() =>
        {
            foreach (var piece in data.Chunk(1000))
                transport.Write(piece);
        });
        Assert.That(await _loop.Ask(() => protocol.Calls.Last()), Is.EqualTo("pause"));

        // Then it is resumed only at the low mark, once.
        var waiting = 0L;
        await _loop.Run(() => waiting = transport.QueuedBytes);
        Assert.That(waiting, Is.GreaterThan(100_000));
        Assert.That(await _pair.Read(data.Length), Is.EqualTo(data));
        await protocol.Until(() => protocol.Calls.Last() == "resume", _loop);
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made pause resume")));
    }

    [Test]
    public async Task An_end_of_stream_answered_with_false_closes_after_the_output()
    {
        RecordingProtocol protocol = null!;
        protocol = new RecordingProtocol { OnEof = () => { protocol.Transport.Write("goodbye"u8); return false; } };
        await Start(protocol);

        await _pair.Send([1, 2, 3]);
        _pair.Peer.Shutdown(SocketShutdown.Send);

        Assert.That(await _pair.ReadToEnd(), Is.EqualTo("goodbye"u8.ToArray()));
        Assert.That(await protocol.Lost, Is.Null);
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made data eof lost")));
        await Released();
    }

    [Test]
    public async Task An_end_of_stream_answered_with_true_leaves_the_way_out_open()
    {
        var protocol = new RecordingProtocol { OnEof = () => true };
        var transport = await Start(protocol);
        var data = SocketPair.Pattern(500_000);

        _pair.Peer.Shutdown(SocketShutdown.Send);
        await protocol.Ended;
        await _loop.Run(() => transport.Write(data));
        Assert.That(await _pair.Read(data.Length), Is.EqualTo(data));

        await _loop.Run(transport.Close);
        Assert.That(await _pair.ReadToEnd(), Is.Empty);
        Assert.That(await protocol.Lost, Is.Null);
        await Released();
    }

    [Test]
    public async Task An_end_of_stream_waits_for_a_paused_protocol()
    {
        var protocol = new RecordingProtocol();
        await Start(protocol);
        await _loop.Run(protocol.Transport.PauseReading);

        _pair.Peer.Shutdown(SocketShutdown.Send);
        await _loop.Drained();
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made")));

        await _loop.Run(protocol.Transport.ResumeReading);
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

        await _loop.Run(() =>
        {
            transport.Write(data);
            transport.Close();
            transport.Write("never sent"u8);
            Assert.That((transport.IsClosing, protocol.IsLost), Is.EqualTo((true, false)));
        });

        Assert.That(await _pair.ReadToEnd(), Is.EqualTo(data));
        Assert.That(await protocol.Lost, Is.Null);

        // The socket waits for the peer's end, the protocol did not.
        Assert.That(_released.Task.IsCompleted, Is.False);
        _pair.Peer.Shutdown(SocketShutdown.Send);
        await Released();
    }

    [Test]
    public async Task The_loss_is_told_once_the_end_of_stream_was_sent_and_on_a_turn_of_its_own()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var lostInside = true;

        await _loop.Run(() =>
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
        await _loop.Run(transport.PauseReading);
        await _pair.Send(SocketPair.Pattern(30_000));
        var data = SocketPair.Pattern(200_000, seed: 2);

        await _loop.Run(() =>
        {
            transport.Write(data);
            transport.Close();
        });
        await protocol.Until(() => true, _loop);

        Assert.That(await _pair.ReadToEnd(), Is.EqualTo(data));
        Assert.That(protocol.Received.Length, Is.Zero);
    }

    [Test]
    public async Task A_peer_that_writes_everything_before_it_reads_does_not_block_a_close()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var data = SocketPair.Pattern(2_000_000);
        await _loop.Run(() =>
        {
            transport.Write(data);
            transport.Close();
        });

        await _pair.Send(SocketPair.Pattern(500_000));

        Assert.That(await _pair.ReadToEnd(), Is.EqualTo(data));
        Assert.That(protocol.Received.Length, Is.Zero);
    }

    [Test]
    public async Task A_closed_socket_lingers_no_longer_than_its_time()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);

        await _loop.Run(transport.Close);
        await protocol.Lost;
        _clock.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        await _loop.Drained();
        Assert.That(_released.Task.IsCompleted, Is.False);

        _clock.Advance(TimeSpan.FromTicks(1));
        await Released();
    }

    [Test]
    public async Task A_closed_socket_takes_no_more_than_its_limit()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol, new() { MaxLingerBytes = 100_000 });
        await _loop.Run(transport.Close);
        await protocol.Lost;

        Assert.That(async () => await _pair.Send(SocketPair.Pattern(4_000_000)), Throws.InstanceOf<SocketException>());
        await Released();
    }

    [Test]
    public async Task A_linger_of_no_time_closes_at_once()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol, new() { LingerTimeout = TimeSpan.Zero });

        await _loop.Run(transport.Close);

        await Released();
        Assert.That(await protocol.Lost, Is.Null);
        Assert.That(await _pair.ReadToEnd(), Is.Empty);
    }

    [Test]
    public async Task A_peer_that_never_reads_cannot_hold_a_closed_connection_for_ever()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await _loop.Run(() =>
        {
            transport.Write(SocketPair.Pattern(4_000_000));
            transport.Close();
        });
        await _loop.Drained();

        // The first period saw what the buffers took, or nothing; in any case the second one sees no progress.
        _clock.Advance(TimeSpan.FromSeconds(30));
        await _loop.Drained();
        _clock.Advance(TimeSpan.FromSeconds(30));

        var reason = await protocol.Lost;
        Assert.That(reason, Is.InstanceOf<IOException>().With.InnerException.InstanceOf<TimeoutException>());
        Assert.That(reason!.Message, Does.Contain(_pair.Peer.LocalEndPoint!.ToString()).And.Contain("took none for 30 s"));
        await Released();
        Assert.That(_pair.ReadToEnd, Throws.InstanceOf<SocketException>());
    }

    [Test]
    public async Task A_slow_peer_may_take_longer_than_the_drain_deadline()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var data = SocketPair.Pattern(2_000_000);
        await _loop.Run(() =>
        {
            transport.Write(data);
            transport.Close();
        });

        var read = new MemoryStream();
        while (read.Length < 1_000_000)
        {
            var before = await _loop.Ask(() => transport.QueuedBytes);
            read.Write(await _pair.Read(200_000));
            await Until(() => transport.QueuedBytes < before);
            _clock.Advance(TimeSpan.FromSeconds(29));
            await _loop.Drained();
        }

        read.Write(await _pair.ReadToEnd());
        Assert.That(read.ToArray(), Is.EqualTo(data));
        Assert.That(await protocol.Lost, Is.Null);
    }

    [Test]
    public async Task The_last_words_before_an_abort_with_a_reason_arrive_followed_by_an_end_of_stream_and_no_reset()
    {
        // Given bytes from the peer that nobody has read.
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await _loop.Run(transport.PauseReading);
        await _pair.Send(SocketPair.Pattern(30_000));
        var reason = new IOException("a bad record");

        await _loop.Run(() =>
        {
            transport.Write("alert"u8);
            transport.Abort(reason);
            transport.Abort(new IOException("too late"));
        });

        Assert.That(await protocol.Lost, Is.SameAs(reason));
        Assert.That(await _pair.ReadToEnd(), Is.EqualTo("alert"u8.ToArray()));

        // What the peer still sends does not harm either.
        await _pair.Send(SocketPair.Pattern(30_000));
        _pair.Peer.Shutdown(SocketShutdown.Send);
        await Released();
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
    }

    [Test]
    public async Task What_waits_at_an_abort_with_a_reason_has_the_lingers_time_to_go_out()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var data = SocketPair.Pattern(1_000_000);
        var reason = new IOException("a bad record");
        await _loop.Run(() =>
        {
            transport.Write(data);
            transport.Abort(reason);
        });

        Assert.That(await protocol.Lost, Is.SameAs(reason));
        Assert.That(await _pair.ReadToEnd(), Is.EqualTo(data));
    }

    [Test]
    public async Task What_waits_at_an_abort_with_a_reason_is_dropped_after_the_lingers_time()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await _loop.Run(() =>
        {
            transport.Write(SocketPair.Pattern(4_000_000));
            transport.Abort(new IOException("a bad record"));
        });
        await protocol.Lost;

        _clock.Advance(TimeSpan.FromSeconds(2));

        await Released();
        await Until(() => transport.QueuedBytes == 0);
    }

    [Test]
    public async Task A_deliberate_abort_drops_what_waits_and_resets()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);

        await _loop.Run(() =>
        {
            transport.Write(SocketPair.Pattern(4_000_000));
            transport.Abort();
            Assert.That(protocol.IsLost, Is.False);
        });

        Assert.That(await protocol.Lost, Is.Null);
        await Released();
        Assert.That(
            _pair.ReadToEnd,
            Throws.InstanceOf<SocketException>().With.Property(nameof(SocketException.SocketErrorCode)).EqualTo(SocketError.ConnectionReset));
    }

    [Test]
    public async Task A_deliberate_abort_ends_a_linger()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await _loop.Run(transport.Close);
        await protocol.Lost;

        await _loop.Run(() => transport.Abort());

        await Released();
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
    }

    [Test]
    public async Task A_reset_by_the_peer_is_an_error_that_names_the_peer()
    {
        var protocol = new RecordingProtocol();
        await Start(protocol);
        var peerName = _pair.Peer.LocalEndPoint!.ToString();

        _pair.Reset();

        var reason = await protocol.Lost;
        Assert.That(reason, Is.InstanceOf<IOException>().With.InnerException.InstanceOf<SocketException>());
        Assert.That(reason!.Message, Does.Contain(peerName).And.Contain("ConnectionReset"));
        await Released();
    }

    [Test]
    public async Task A_reset_while_output_drains_is_an_error_too()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await _loop.Run(() =>
        {
            transport.Write(SocketPair.Pattern(4_000_000));
            transport.Close();
        });

        _pair.Reset();

        Assert.That(await protocol.Lost, Is.InstanceOf<IOException>().With.InnerException.InstanceOf<SocketException>());
        await Released();
        await Until(() => transport.QueuedBytes == 0);
    }

    [Test]
    public async Task What_a_peer_said_before_it_refused_our_bytes_is_still_delivered()
    {
        // Given a peer that answers and closes with bytes unread, so that its system resets the connection.
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var sentByPeer = SocketPair.Pattern(50_000);
        await _loop.Run(() => transport.Write([1, 2, 3]));
        await Until(() => _pair.Peer.Available == 3);

        // When we send at the very moment in which the answer and the reset are there, before either was seen.
        await _loop.Run(() =>
        {
            _pair.Peer.Send(sentByPeer.AsSpan(0, 10_000));
            _pair.Peer.Dispose();
            SpinWait.SpinUntil(() => _pair.Ours.Poll(0, SelectMode.SelectError), Wait.Limit);
            transport.Write(SocketPair.Pattern(100_000));
        });

        Assert.That(await protocol.Lost, Is.InstanceOf<IOException>());
        Assert.That(protocol.Received.ToArray(), Is.EqualTo(sentByPeer[..10_000]));
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made data lost")));
    }

    [Test]
    public async Task An_idle_connection_holds_no_buffer()
    {
        var asked = 0;
        var protocol = new BufferedRecordingProtocol { OnGetBuffer = _ => asked++ };
        var transport = await Start(protocol);
        await _loop.Drained();
        Assert.That((asked, transport.QueuedBytes), Is.EqualTo((0, 0L)));

        await _pair.Send(new byte[100]);
        await protocol.Until(() => protocol.Received.Length == 100, _loop);
        await _loop.Drained();

        Assert.That(asked, Is.EqualTo(protocol.Updates));
    }

    [Test]
    public async Task A_buffer_is_asked_for_with_the_number_of_bytes_at_hand()
    {
        var hints = new List<int>();
        var protocol = new BufferedRecordingProtocol { OnGetBuffer = hints.Add };
        protocol.OnData = _ => protocol.Transport.PauseReading();
        await Start(protocol, new() { MaxReceiveSize = 1024 });
        await _loop.Run(protocol.Transport.PauseReading);
        await _pair.Send(new byte[100]);
        await Until(() => _pair.Ours.Available == 100);
        await _loop.Run(protocol.Transport.ResumeReading);
        await protocol.Until(() => protocol.Received.Length == 100, _loop);

        await _pair.Send(new byte[3000]);
        await Until(() => _pair.Ours.Available == 3000);
        await _loop.Run(protocol.Transport.ResumeReading);
        await protocol.Until(() => protocol.Received.Length == 100 + 1024, _loop);

        Assert.That(string.Join(", ", hints), Is.EqualTo("100, 1024"));
    }

    [Test]
    public async Task An_empty_buffer_is_the_protocols_fault_and_ends_the_connection()
    {
        var protocol = new BufferedRecordingProtocol { BufferSize = 0 };
        await Start(protocol);

        await _pair.Send([1]);

        Assert.That(await protocol.Lost, Is.InstanceOf<InvalidOperationException>().With.Message.Contains("returned an empty buffer"));
        Assert.That(_unhandled, Has.Count.EqualTo(1));
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
        SocketTransport.Start(_pair.Ours, protocol, _loop);

        await _pair.Send([1]);
        _pair.Peer.Shutdown(SocketShutdown.Send);

        Assert.That(await protocol.Lost, Is.SameAs(bug));
        Assert.That(_unhandled, Has.Count.EqualTo(1));
        Assert.That(_unhandled[0], Does.StartWith("RecordingProtocol."));
        Assert.That(await _pair.ReadToEnd(), Is.Empty);
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
        await _loop.Run(() => transport.Write(data));

        Assert.That(await _pair.Read(data.Length), Is.EqualTo(data));
        await protocol.Until(() => protocol.Calls.Last() == "resume", _loop);
        await _loop.Run(transport.Close);
        await protocol.Lost;
        await _loop.Drained();

        Assert.That(_unhandled, Has.Count.EqualTo(3));
    }

    [Test]
    public async Task Every_call_after_the_end_is_harmless_and_the_loss_is_told_once()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await _loop.Run(() => transport.Abort());
        await protocol.Lost;

        await _loop.Run(() =>
        {
            transport.Write([1]);
            transport.PauseReading();
            transport.ResumeReading();
            transport.Close();
            transport.Abort();
            transport.Abort(new IOException("again"));
        });
        await _loop.Drained();

        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
    }

    [Test]
    public async Task Another_protocol_gets_what_is_delivered_from_then_on()
    {
        var first = new RecordingProtocol();
        var second = new RecordingProtocol();
        first.OnData = _ => first.Transport.PauseReading();
        var transport = await Start(first);
        await _pair.Send([1]);
        await first.Until(() => first.Received.Length == 1, _loop);

        await _pair.Send([2]);
        await _loop.Run(() =>
        {
            Assert.That((transport.Protocol, transport.IsReading, transport.IsWritingPaused), Is.EqualTo(((IProtocol)first, false, false)));
            transport.Protocol = second;
            transport.ResumeReading();
        });
        await second.Until(() => second.Received.Length == 1, _loop);
        await _loop.Run(transport.Close);
        await second.Lost;

        Assert.That(first.Calls, Is.EqualTo(Calls("made data")));
        Assert.That(second.Calls, Is.EqualTo(Calls("data lost")));
        Assert.That(() => transport.Protocol = null!, Throws.ArgumentNullException);
    }

    [Test]
    public async Task A_socket_closed_behind_the_transports_back_is_a_loss()
    {
        var protocol = new RecordingProtocol();
        await Start(protocol);

        _pair.Ours.Dispose();

        Assert.That(await protocol.Lost, Is.InstanceOf<IOException>());
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

        Assert.That(() => SocketTransport.Start(unconnected, new RecordingProtocol(), _loop), Throws.ArgumentException);
        Assert.That(() => SocketTransport.Start(datagrams, new RecordingProtocol(), _loop), Throws.ArgumentException);
        Assert.That(
            () => SocketTransport.Start(_pair.Ours, new RecordingProtocol(), _loop, new() { WriteHighWaterMark = 1, WriteLowWaterMark = 2 }),
            Throws.ArgumentException.With.Message.Contains("high (1) must be >= low (2) must be >= 0"));
        Assert.That(() => SocketTransport.Start(null!, new RecordingProtocol(), _loop), Throws.ArgumentNullException);
        Assert.That(() => SocketTransport.Start(_pair.Ours, null!, _loop), Throws.ArgumentNullException);
        Assert.That(() => SocketTransport.Start(_pair.Ours, new RecordingProtocol(), null!), Throws.ArgumentNullException);
    }

    [Test]
    public void Options_out_of_range_are_refused_by_name()
    {
        Assert.That(() => new SocketTransportOptions { MaxReceiveSize = 1023 }, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxReceiveSize"));
        Assert.That(() => new SocketTransportOptions { MaxReceiveSize = (16 * 1024 * 1024) + 1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new SocketTransportOptions { DrainTimeout = TimeSpan.Zero }, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("DrainTimeout"));
        Assert.That(() => new SocketTransportOptions { LingerTimeout = TimeSpan.FromTicks(-1) }, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("LingerTimeout"));
        Assert.That(() => new SocketTransportOptions { LingerTimeout = TimeSpan.MaxValue }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new SocketTransportOptions { MaxLingerBytes = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxLingerBytes"));
    }

    private async Task<SocketTransport> Start(RecordingProtocol protocol, SocketTransportOptions? options = null)
    {
        var transport = SocketTransport.Start(_pair.Ours, protocol, _loop, options, new ReleaseWatcher(_released));
        Assert.That(await protocol.Made, Is.SameAs(transport));
        return transport;
    }

    private Task Released() => _released.Task.WaitAsync(Wait.Limit);

    /// <summary>For what only the operating system knows; asked for on the loop.</summary>
    private async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Wait.Limit);
        while (!await _loop.Ask(condition))
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Sends until the sockets take no more for a moment that is long for a loopback connection; counts.</summary>
    private long FillUntilStuck()
    {
        var accepted = 0L;
        var block = new byte[64 * 1024];
        while (_pair.Peer.Poll(200_000, SelectMode.SelectWrite))
        {
            accepted += _pair.Peer.Send(block, SocketFlags.None, out var error);
            Assert.That(error, Is.EqualTo(SocketError.Success).Or.EqualTo(SocketError.WouldBlock));
            Assert.That(accepted, Is.LessThan(64 * 1024 * 1024), "no back pressure");
        }

        return accepted;
    }

    private static RecordingProtocol Protocol(bool buffered, Func<Func<RecordingProtocol>, Script>? script = null)
    {
        RecordingProtocol protocol = null!;
        var told = script?.Invoke(() => protocol) ?? new Script();
        return protocol = buffered
            ? new BufferedRecordingProtocol { OnPause = told.OnPause, OnResume = told.OnResume }
            : new RecordingProtocol { OnPause = told.OnPause, OnResume = told.OnResume };
    }

    private static string[] Calls(string words) => words.Split(' ');

    private sealed class ReleaseWatcher(TaskCompletionSource released) : ISocketHost
    {
        public void ConnectionEnded() { }

        public void SocketReleased() => released.SetResult();
    }

    private sealed record Script
    {
        public Action? OnPause { get; init; }
        public Action? OnResume { get; init; }
    }
}
