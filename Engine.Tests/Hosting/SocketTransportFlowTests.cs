using System.Net.Sockets;

namespace TlsFsm.Tests.Hosting;

/// <summary>Bytes both ways, and back pressure both ways.</summary>
[TestFixture]
public sealed class SocketTransportFlowTests : SocketTransportFixture
{
    [TestCase(false)]
    [TestCase(true)]
    public async Task Bytes_arrive_whole_and_in_order(bool buffered)
    {
        var protocol = Protocol(buffered);
        await Start(protocol);
        var sent = SocketPair.Pattern(300_000);

        await Pair.Send(sent);
        await protocol.Until(() => protocol.Received.Length >= sent.Length, Loop);

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
        transport = SocketTransport.Start(Pair.Ours, protocol, Loop, new() { MaxReceiveSize = 32 * 1024 });
        var sent = SocketPair.Pattern(total);

        // When the peer sends without pause and takes back in small steps, late.
        var sending = Task.Run(() => Pair.Send(sent));
        await protocol.Until(() => pauses > 0, Loop);
        var echoed = new MemoryStream();
        while (echoed.Length < total)
            echoed.Write(await Pair.Read((int)Math.Min(50_000, total - echoed.Length)));
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
        Pair.Peer.Blocking = false;
        Pair.Peer.Send([1]);
        await protocol.Until(() => protocol.Received.Length == 1, Loop);
        var accepted = FillUntilStuck();

        // Then none of it was delivered: it waits in the operating system's buffers.
        await Loop.Drained();
        Assert.That(protocol.Received.Length, Is.EqualTo(1));

        // And after a resume all of it comes.
        await Loop.Run(() =>
        {
            protocol.OnData = null;
            protocol.Transport.ResumeReading();
            protocol.Transport.ResumeReading();
        });
        await protocol.Until(() => protocol.Received.Length == 1 + accepted, Loop);
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

        await Pair.Send(SocketPair.Pattern(200_000));
        await protocol.Until(() => protocol.Received.Length == 200_000, Loop);
    }

    [Test]
    public async Task Writes_of_one_turn_are_sent_together_and_their_buffers_are_free_at_once()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var scratch = new byte[10];

        await Loop.Run(() =>
        {
            for (byte i = 0; i < 100; i++)
            {
                scratch.AsSpan().Fill(i);
                transport.Write(scratch);
            }

            Assert.That(transport.QueuedBytes, Is.EqualTo(1000));
        });

        var expected = Enumerable.Range(0, 100).SelectMany(i => Enumerable.Repeat((byte)i, 10));
        Assert.That(await Pair.Read(1000), Is.EqualTo(expected));
    }

    [Test]
    public async Task Pause_and_resume_alternate_at_the_marks()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol, new() { WriteHighWaterMark = 100_000, WriteLowWaterMark = 10_000 });
        var data = SocketPair.Pattern(3_000_000);

        // When more is written than the sockets take.
        await Loop.Run(() =>
        {
            foreach (var piece in data.Chunk(1000))
                transport.Write(piece);
        });
        Assert.That(await Loop.Ask(() => protocol.Calls.Last()), Is.EqualTo("pause"));

        // Then it is resumed only at the low mark, once.
        var waiting = 0L;
        await Loop.Run(() => waiting = transport.QueuedBytes);
        Assert.That(waiting, Is.GreaterThan(100_000));
        Assert.That(await Pair.Read(data.Length), Is.EqualTo(data));
        await protocol.Until(() => protocol.Calls.Last() == "resume", Loop);
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made pause resume")));
    }

    [Test]
    public async Task An_idle_connection_holds_no_buffer()
    {
        var asked = 0;
        var protocol = new BufferedRecordingProtocol { OnGetBuffer = _ => asked++ };
        var transport = await Start(protocol);
        await Loop.Drained();
        Assert.That((asked, transport.QueuedBytes), Is.EqualTo((0, 0L)));

        await Pair.Send(new byte[100]);
        await protocol.Until(() => protocol.Received.Length == 100, Loop);
        await Loop.Drained();

        Assert.That(asked, Is.EqualTo(protocol.Updates));
    }

    [Test]
    public async Task A_buffer_is_asked_for_with_the_number_of_bytes_at_hand()
    {
        var hints = new List<int>();
        var protocol = new BufferedRecordingProtocol { OnGetBuffer = hints.Add };
        protocol.OnData = _ => protocol.Transport.PauseReading();
        await Start(protocol, new() { MaxReceiveSize = 1024 });
        await Loop.Run(protocol.Transport.PauseReading);
        await Pair.Send(new byte[100]);
        await Until(() => Pair.Ours.Available == 100);
        await Loop.Run(protocol.Transport.ResumeReading);
        await protocol.Until(() => protocol.Received.Length == 100, Loop);

        await Pair.Send(new byte[3000]);
        await Until(() => Pair.Ours.Available == 3000);
        await Loop.Run(protocol.Transport.ResumeReading);
        await protocol.Until(() => protocol.Received.Length == 100 + 1024, Loop);

        Assert.That(string.Join(", ", hints), Is.EqualTo("100, 1024"));
    }

    /// <summary>Sends until the sockets take no more for a moment that is long for a loopback connection; counts.</summary>
    private long FillUntilStuck()
    {
        var accepted = 0L;
        var block = new byte[64 * 1024];
        while (Pair.Peer.Poll(200_000, SelectMode.SelectWrite))
        {
            accepted += Pair.Peer.Send(block, SocketFlags.None, out var error);
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

    private sealed record Script
    {
        public Action? OnPause { get; init; }
        public Action? OnResume { get; init; }
    }
}
