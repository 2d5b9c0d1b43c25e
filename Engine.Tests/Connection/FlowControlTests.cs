using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Exploration;

namespace TlsFsm.Tests.Connection;

/// <summary>Who is asked to pause and to resume, in which direction, told once each; and how many bytes go which way.</summary>
[TestFixture]
internal sealed class FlowControlTests
{
    private readonly List<string> _pauses = [];

    [SetUp]
    public void SetUp() => _pauses.Clear();

    [Test]
    public void A_pause_of_the_transports_is_told_once_and_so_is_its_end()
    {
        var test = Wrapped();

        test.Connection.PauseWriting();
        test.Connection.PauseWriting();
        AssertPauses("Transport, sending, pauses");
        test.Connection.ResumeWriting();
        test.Connection.ResumeWriting();

        AssertPauses("Transport, sending, resumes");
    }

    [Test]
    public void A_pause_of_the_applications_is_told_once_and_so_is_its_end()
    {
        var test = Wrapped();

        test.Transport.PauseReading();
        test.Transport.PauseReading();
        AssertPauses("Application, receiving, pauses");
        test.Transport.ResumeReading();
        test.Transport.ResumeReading();

        AssertPauses("Application, receiving, resumes");
    }

    [Test]
    public void What_we_ask_of_the_application_is_told()
    {
        var test = Wrapped();
        test.Connection.PauseWriting();
        test.Transport.SetWriteBufferLimits(high: 10, low: 5);
        _pauses.Clear();

        test.Transport.Write("12345678"u8);
        test.Transport.Write("9"u8);
        AssertPauses("Engine, sending, pauses");
        test.Connection.ResumeWriting();

        AssertPauses("Transport, sending, resumes", "Engine, sending, resumes");
    }

    [Test]
    public void What_we_ask_of_the_transport_is_told()
    {
        var test = Wrapped();
        test.Transport.SetReadBufferLimits(high: 10, low: 5);
        test.Transport.PauseReading();
        _pauses.Clear();

        test.Receive(Toy.Data("12345678"));
        test.Receive(Toy.Data("9"));
        AssertPauses("Engine, receiving, pauses");
        test.Transport.ResumeReading();
        test.Run();

        AssertPauses("Application, receiving, resumes", "Engine, receiving, resumes");
    }

    [Test]
    public void Every_byte_that_comes_and_goes_is_counted_once()
    {
        var (received, sent) = (0L, 0L);
        var test = new TestConnection();
        test.Connection.Parts.Witness.TransferObserver = (count, isSent) =>
        {
            if (isSent)
                sent += count;
            else
                received += count;
        };

        test.Connect();
        test.Receive(Toy.Hello);
        test.Transport.Write("to the peer"u8);
        test.Connection.PauseWriting();
        test.Transport.Write("waits"u8);
        Assert.That(sent, Is.EqualTo(Toy.Hello.Length + Toy.Data("to the peer").Length));
        test.Connection.ResumeWriting();
        test.Receive(Toy.Data("from the peer"));

        Assert.That(sent, Is.EqualTo(test.Lower.Written.Length).And.EqualTo(
            Toy.Hello.Length + Toy.Data("to the peer").Length + Toy.Data("waits").Length));
        Assert.That(received, Is.EqualTo(Toy.Hello.Length + Toy.Data("from the peer").Length));
    }

    [Test]
    public void While_a_decision_is_awaited_the_transport_is_paused_over_the_mark_and_goes_on_behind_it()
    {
        var (core, test) = Deciding();
        test.Transport.SetReadBufferLimits(high: 10, low: 5);

        test.Receive(Toy.Hello[..4]);
        Assert.That(core.IsAsking, Is.True);
        Assert.That(test.Connection.ReadState, Is.EqualTo(ReadState.Deciding));
        test.AssertEvents();
        test.Receive(Toy.Hello[4..], Toy.Data("behind it"));
        test.AssertEvents("transport pauses");
        core.Decide();
        test.AssertEvents();
        test.Run();

        test.AssertEvents("made", "waiter: ok", "data behind it", "transport resumes");
    }

    [Test]
    public void A_transport_that_is_paused_when_the_end_is_read_is_closed_as_it_is()
    {
        var test = Wrapped();
        test.Transport.SetReadBufferLimits(high: 10, low: 5);
        test.Transport.PauseReading();
        test.Receive(Toy.Data("all of it"), Toy.CloseNotify, Toy.Data("nobody's"));
        test.AssertEvents("transport pauses");
        test.Application.OnData = transport => transport.PauseReading();

        test.Transport.ResumeReading();
        test.Run();

        test.AssertEvents("data all of it", "eof", "tx c", "transport closes", "lost: none");
    }

    [Test]
    public void What_arrives_when_nobody_reads_any_more_holds_no_memory([Values] bool isOver)
    {
        var test = Wrapped();
        if (isOver)
        {
            test.Transport.Abort();
        }
        else
        {
            test.Application.KeepsOpen = true;
            test.Receive(Toy.CloseNotify);
        }

        test.Receive(Toy.Data("for nobody"));

        Assert.That(test.Connection.Parts.Core.Incoming.Segment.Array, Is.Empty);
    }

    [Test]
    public void A_decision_that_comes_when_the_connection_is_over_changes_nothing()
    {
        var (core, test) = Deciding();
        test.Receive(Toy.Hello);
        test.Transport.Abort();
        test.Run();
        test.TakeEvents();

        core.Decide();
        test.Run();

        test.AssertEvents();
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Unwrapped));
    }

    [Test]
    public void An_end_of_the_stream_while_a_decision_is_awaited_ends_the_handshake()
    {
        var (_, test) = Deciding();
        test.Receive(Toy.Hello);

        test.ReceiveEndOfStream();
        test.Run();

        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.TransportLost));
        Assert.That(test.Loop.ArmedTimers, Is.Zero);
    }

    [Test]
    public void Marks_that_are_set_are_acted_upon_at_once_in_both_directions()
    {
        var test = Wrapped();
        test.Connection.PauseWriting();
        test.Transport.PauseReading();
        test.Transport.Write("1234567"u8);
        test.Receive(Toy.Data("1234567"));
        test.AssertEvents();

        test.Transport.SetWriteBufferLimits(high: 9);
        test.Transport.SetReadBufferLimits(high: 9);
        test.AssertEvents("pause", "transport pauses");
        test.Transport.SetWriteBufferLimits(high: 100, low: 10);
        test.Transport.SetReadBufferLimits(high: 100, low: 10);

        test.AssertEvents("resume", "transport resumes");
        Assert.That((test.Transport.WriteBufferLimits, test.Transport.ReadBufferLimits), Is.EqualTo(((10, 100), (10, 100))));
    }

    [Test]
    public void Who_knows_of_its_connection_is_paused_before_it_is_connected_and_is_told_nothing_once_it_is_over()
    {
        var early = TestConnection.Upgrade();
        early.Transport.Write("12345678901"u8);
        early.Transport.SetWriteBufferLimits(high: 10);
        early.AssertEvents("pause");

        var late = Wrapped();
        late.Connection.PauseWriting();
        late.Transport.Write("12345678901"u8);
        late.Transport.SetWriteBufferLimits(high: 10);
        late.Transport.Abort();
        late.TakeEvents();
        late.Transport.SetWriteBufferLimits(high: 20);
        late.Run();

        late.AssertEvents("lost: none");
    }

    [Test]
    public void Both_sides_end_when_the_peer_has_ended_and_we_close_and_neither_is_enough()
    {
        var test = Wrapped();
        TlsFsm.Machines.ILifeFacts facts = test.Connection.Parts;
        test.Application.KeepsOpen = true;

        Assert.That(facts.AreBothSidesEnding, Is.False);
        test.Receive(Toy.CloseNotify);
        Assert.That(facts.AreBothSidesEnding, Is.False, "our direction is kept open");
        test.Connection.PauseWriting();
        test.Transport.Close();

        Assert.That(facts.AreBothSidesEnding, Is.True);
    }

    [Test]
    public void Small_writes_of_a_turn_that_wait_count_against_the_mark()
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { CoalesceWrites = true });
        test.Transport.SetWriteBufferLimits(high: 10, low: 5);

        test.Transport.Write("1234567890"u8);
        test.AssertEvents();
        test.Transport.Write("1"u8);
        test.AssertEvents("pause");
        test.Run();

        test.AssertEvents("tx d:12345678901", "resume");
    }

    [Test]
    public void A_records_worth_of_small_writes_does_not_wait_and_a_byte_less_does([Values(0, 1)] int missing)
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { CoalesceWrites = true });

        test.Transport.Write(new byte[TlsRecordSize.Max - 10]);
        test.Transport.Write(new byte[10 - missing]);

        test.AssertEvents(missing == 0 ? ["tx d:16384 bytes"] : []);
        test.Run();
        test.AssertEvents(missing == 0 ? [] : ["tx d:16383 bytes"]);
    }

    [Test]
    public void The_turn_of_small_writes_comes_once_and_again_for_those_behind_it()
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { CoalesceWrites = true });

        test.Transport.Write("one "u8);
        test.Transport.Write("two"u8);
        Assert.That(test.Loop.RunOne(), Is.True);
        Assert.That(test.Loop.IsIdle, Is.True, "one turn for both");
        test.Transport.Write("three"u8);
        test.Run();

        test.AssertEvents("tx d:one two", "tx d:three");
    }

    [Test]
    public void What_waits_for_its_turn_when_the_connection_ends_is_not_sent()
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { CoalesceWrites = true });

        test.Transport.Write("unsent"u8);
        test.Transport.Abort();
        test.Run();

        test.AssertEvents("transport aborts", "lost: none");
    }

    [Test]
    public void A_buffer_that_was_full_once_pauses_nobody_once_all_was_read()
    {
        var test = TestConnection.Wrapped(bufferSize: 4);
        test.Receive(Toy.Data("0123456789"));
        test.Run();
        test.TakeEvents();
        test.Transport.SetReadBufferLimits(high: 0);

        test.Receive(Toy.Data("half")[..5]);
        test.Run();

        test.AssertEvents();
    }

    [Test]
    public void What_a_buffer_had_no_room_for_goes_to_the_protocol_that_takes_over()
    {
        var test = TestConnection.Wrapped(bufferSize: 4);
        var next = new RecordingApplication([]);
        test.Receive(Toy.Data("0123456789"));

        test.Transport.Protocol = next;
        test.Run();

        Assert.That(test.Application.Received, Is.EqualTo("0123"u8.ToArray()));
        Assert.That(next.Received, Is.EqualTo("456789"u8.ToArray()));
    }

    [Test]
    public void Our_direction_can_be_closed_alone_while_it_is_open()
    {
        var test = new TestConnection(new TlsConnectionOptions { AllowHalfCloseOnTls12 = true });
        Assert.That(test.Transport.CanWriteEof, Is.False);
        test.Connect();
        test.Receive(Toy.Hello);
        Assert.That((test.Transport.CanWriteEof, test.Transport.IsWriteClosed), Is.EqualTo((true, false)));

        test.Transport.WriteEof();

        Assert.That((test.Transport.CanWriteEof, test.Transport.IsWriteClosed), Is.EqualTo((false, true)));
        Assert.That(TestConnection.Wrapped().Transport.CanWriteEof, Is.False, "the toy is no TLS 1.3");
    }

    [Test]
    public void A_close_in_the_pause_that_a_close_asks_for_is_the_same_close()
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { CoalesceWrites = true });
        test.Transport.Write("waits"u8);
        test.Connection.PauseWriting();
        test.Transport.SetWriteBufferLimits(high: 6);
        test.Application.OnPauseWriting = transport => transport.Close();

        test.Transport.Close();
        test.Connection.ResumeWriting();
        test.Receive(Toy.CloseNotify);
        test.Run();

        test.AssertEvents("pause", "tx d:waits", "tx c", "resume", "eof", "transport closes", "lost: none");
        Assert.That(test.Connection.Transitions.Count(step => step.Trigger == "CloseRequested" && step.Machine == "Tls"), Is.EqualTo(1));
    }

    [Test]
    public void A_deadline_is_armed_until_it_is_cancelled_or_has_elapsed()
    {
        var loop = new Support.TurnByTurnLoop();
        var owner = new DeadlineOwner();
        var deadline = new TlsFsm.Connection.Deadline(loop, owner);

        deadline.Cancel();
        Assert.That((deadline.IsArmed, owner.Cancelled), Is.EqualTo((false, 0)));
        deadline.Rearm(TimeSpan.FromSeconds(10));
        loop.Advance(TimeSpan.FromSeconds(9));
        deadline.Rearm(TimeSpan.FromSeconds(10));
        loop.Advance(TimeSpan.FromSeconds(9));
        Assert.That((deadline.IsArmed, owner.Elapsed, loop.ArmedTimers), Is.EqualTo((true, 0, 1)));
        loop.Advance(TimeSpan.FromSeconds(1));
        Assert.That((deadline.IsArmed, owner.Elapsed, owner.Cancelled), Is.EqualTo((false, 1, 0)));
        deadline.Rearm(TimeSpan.FromSeconds(10));
        deadline.Cancel();
        deadline.Cancel();
        loop.Advance(TimeSpan.FromSeconds(20));

        Assert.That((deadline.IsArmed, owner.Elapsed, owner.Cancelled, loop.ArmedTimers), Is.EqualTo((false, 1, 1, 0)));
    }

    private TestConnection Wrapped()
    {
        var test = TestConnection.Wrapped();
        test.Connection.FlowPaused = pause => _pauses.Add(
            $"{pause.By}, {(pause.IsReceiving ? "receiving" : "sending")}, {(pause.IsPaused ? "pauses" : "resumes")}");
        return test;
    }

    private void AssertPauses(params string[] expected)
    {
        Assert.That(_pauses, Is.EqualTo(expected));
        _pauses.Clear();
    }

    private static (DecidingCore Core, TestConnection Test) Deciding()
    {
        var core = new DecidingCore(new ToyCore());
        var options = new TlsConnectionOptions();
        var test = new TestConnection(options, make: made => new TlsConnection(made.Loop, made.Application, core, options));
        test.Connect();
        test.TakeEvents();
        return (core, test);
    }

    private sealed class DeadlineOwner : TlsFsm.Connection.Deadline.IOwner
    {
        public int Elapsed { get; private set; }

        public int Cancelled { get; private set; }

        public void Elapse() => Elapsed++;

        public void Stop() => Cancelled++;

        public void Break(Exception exception) => throw new AssertionException($"It cannot be armed: {exception}");
    }
}
