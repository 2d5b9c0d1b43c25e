using TlsFsm.Abstractions;
using TlsFsm.Connection;
using TlsFsm.Machines;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>The transport goes on with another protocol, after a two-way close or right after the handshake.</summary>
[TestFixture]
internal sealed class HandoverTests
{
    private static readonly TlsConnectionOptions Stopping = new() { StopAfterHandshake = true };

    private readonly List<string> _events = [];
    private PlainProtocolRecorder _next = null!;

    [SetUp]
    public void SetUp()
    {
        _events.Clear();
        _next = new PlainProtocolRecorder(_events);
    }

    [Test]
    public void After_both_close_notify_the_next_protocol_gets_the_transport_and_what_stood_behind_them()
    {
        var test = TestConnection.Wrapped();

        test.Transport.Write("last"u8);
        test.Connection.Unwrap(_next);
        test.AssertEvents("tx d:last", "tx c");
        test.Receive(Toy.CloseNotify, "USER me"u8.ToArray());
        Assert.That(_events, Is.Empty, "on a turn of its own");
        test.Run();

        Assert.That(_events, Is.EqualTo((string[])["next made", "next data USER me"]));
        Assert.That(_next.Transport, Is.SameAs(test.Lower));
        Assert.That(test.Lower.Protocol, Is.SameAs(_next));
        test.AssertEvents("eof", "transport resumes", "lost: none");
        Assert.That((test.Connection.State, test.Connection.CloseReason, test.Connection.Failure), Is.EqualTo((TlsState.Unwrapped, CloseReason.Clean, (Exception?)null)));
        Assert.That(test.Connection.Transitions.Where(step => step.Machine == TlsMachine.Name).TakeLast(2).Select(step => $"{step.From} {step.Trigger} {step.To}"),
            Is.EqualTo((string[])["Shutdown ShutdownCompleted Shutdown", "Shutdown TransportHandedOver Unwrapped"]));
        Assert.That(test.Loop.ArmedTimers, Is.Zero);
    }

    [Test]
    public void The_answer_to_the_peers_close_notify_may_be_the_return_to_plaintext()
    {
        var test = TestConnection.Wrapped();
        test.Application.OnEof = _ => test.Connection.Unwrap(_next);

        test.Receive(Toy.Data("data"), Toy.CloseNotify, "plain"u8.ToArray());
        test.Run();

        test.AssertEvents("data data", "eof", "tx c", "transport resumes", "lost: none");
        Assert.That(_events, Is.EqualTo((string[])["next made", "next data plain"]));
    }

    [Test]
    public void Bytes_that_arrive_while_our_close_notify_still_waits_are_kept()
    {
        var test = TestConnection.Wrapped();
        test.Connection.PauseWriting();

        test.Connection.Unwrap(_next);
        test.Receive(Toy.CloseNotify);
        test.Receive("one"u8.ToArray());
        test.Receive(" two"u8.ToArray());
        test.Run();
        Assert.That(_events, Is.Empty);
        Assert.That(test.Lower.IsReading, Is.False, "what is kept is bounded");
        test.Connection.ResumeWriting();
        test.Run();

        Assert.That(_events, Is.EqualTo((string[])["next made", "next data one two"]));
        Assert.That(test.Lower.IsReading, Is.True);
        Assert.That(test.TakeEvents(), Has.Member("tx c"));
    }

    [Test]
    public void The_end_of_the_stream_behind_the_peers_close_notify_is_the_next_protocols()
    {
        var test = TestConnection.Wrapped();

        test.Connection.Unwrap(_next);
        test.Receive(Toy.CloseNotify, "BYE"u8.ToArray());
        test.ReceiveEndOfStream();
        test.Run();

        Assert.That(_events, Is.EqualTo((string[])["next made", "next data BYE", "next eof", "next lost: none"]));
        Assert.That(test.TakeEvents(), Has.Exactly(1).EqualTo("lost: none"));
    }

    [Test]
    public void Without_the_peers_close_notify_nothing_goes_on_in_the_clear()
    {
        var test = TestConnection.Wrapped();

        test.Connection.Unwrap(_next);
        test.ReceiveEndOfStream();
        test.Run();

        Assert.That(_events, Is.Empty);
        test.AssertLastEvents("transport closes", "lost: tls");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Unanswered));
        Assert.That(test.Connection.Failure!.Message, Does.Contain("cannot go on in plaintext"));
    }

    [Test]
    public void A_peer_that_never_answers_is_cut_after_the_deadline()
    {
        var test = TestConnection.Wrapped();

        test.Connection.Unwrap(_next);
        test.Advance(30);
        test.Run();

        Assert.That(_events, Is.Empty);
        test.AssertLastEvents("transport aborts: timeout", "lost: timeout");
    }

    [Test]
    public void A_close_or_an_abort_after_all_ends_the_transport([Values] bool isAbort)
    {
        var test = TestConnection.Wrapped();

        test.Connection.Unwrap(_next);
        test.Receive(Toy.CloseNotify);
        if (isAbort)
            test.Transport.Abort();
        else
            test.Transport.Close();
        test.Run();

        Assert.That(_events, Is.Empty);
        test.AssertLastEvents(isAbort ? "transport aborts" : "transport closes", "lost: none");
    }

    [Test]
    public void A_loss_before_the_turn_of_the_handover_is_the_applications()
    {
        var test = TestConnection.Wrapped();

        test.Connection.Unwrap(_next);
        test.Receive(Toy.CloseNotify, "plain"u8.ToArray());
        test.Lose(new ConnectionReset());
        test.Run();

        Assert.That(_events, Is.Empty);
        test.AssertLastEvents("lost: reset");
    }

    [Test]
    public void A_transport_that_is_paused_for_writing_says_so_to_the_next_protocol()
    {
        var test = new TestConnection(Stopping);
        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();
        test.Lower.IsWritingPaused = true;
        test.Connection.PauseWriting();

        test.Transport.Write("paused"u8);
        test.Connection.Detach(_next);

        Assert.That(_events, Is.EqualTo((string[])["next made", "next pause"]));
        Assert.That(test.TakeEvents(), Has.Member("tx d:paused"), "what is TLS goes before what is not");
    }

    [Test]
    public void An_exception_of_the_next_protocol_is_reported_and_ends_the_transport()
    {
        var test = TestConnection.Wrapped();
        _next.OnConnectionMade = _ => throw new InvalidOperationException("not me");

        test.Connection.Unwrap(_next);
        test.Receive(Toy.CloseNotify, "plain"u8.ToArray());
        test.Run();

        Assert.That(_events[0], Is.EqualTo("next made"));
        Assert.That(_events, Has.Count.EqualTo(2).And.ItemAt(1).StartWith("next lost"));
        Assert.That(test.TakeEvents(), Has.Some.StartWith("hook:").And.Some.StartWith("transport aborts"));
    }

    [Test]
    public void The_return_is_asked_for_in_time_or_not_at_all()
    {
        // Before the handshake has finished.
        var early = new TestConnection();
        Assert.That(() => early.Connection.Unwrap(_next), Throws.InvalidOperationException.With.Message.Contains("before the handshake"));
        early.Connect();
        Assert.That(() => early.Connection.Unwrap(_next), Throws.InvalidOperationException.With.Message.Contains("before the handshake"));

        // After the application has kept its direction open.
        var late = TestConnection.Wrapped();
        late.Application.KeepsOpen = true;
        late.Receive(Toy.CloseNotify);
        Assert.That(() => late.Connection.Unwrap(_next), Throws.InvalidOperationException.With.Message.Contains("EofReceived"));

        // With the application itself.
        Assert.That(() => late.Connection.Unwrap(late.Application), Throws.ArgumentException);
        Assert.That(() => late.Connection.Unwrap(null!), Throws.ArgumentNullException);

        // While it closes, and once it is over.
        late.Transport.Close();
        late.Connection.Unwrap(_next);
        late.Run();
        late.Connection.Unwrap(_next);
        late.Connection.Detach(_next);
        Assert.That(late.Connection.TakeUnread(), Is.Empty);
        late.Connection.ContinueAfterHandshake();
        late.Run();
        Assert.That(_events, Is.Empty);
        late.AssertLastEvents("transport closes", "lost: none");
    }

    [Test]
    public void A_transport_that_cannot_be_switched_cannot_go_on()
    {
        var test = new TestConnection(Stopping);
        test.Connection.ConnectionMade(new PlainTransport());
        test.Receive(Toy.Hello);

        Assert.That(() => test.Connection.Unwrap(_next), Throws.InvalidOperationException.With.Message.Contains(nameof(ISwitchableTransport)));
        Assert.That(() => test.Connection.Detach(_next), Throws.InvalidOperationException.With.Message.Contains(nameof(ISwitchableTransport)));
    }

    [Test]
    public void The_handshake_may_stop_at_its_last_record_and_leave_what_follows_untouched()
    {
        var test = new TestConnection(Stopping);
        test.Connect();

        test.Receive(Toy.Hello, "not TLS"u8.ToArray());
        test.Run();
        test.Receive(" at all"u8.ToArray());
        test.Run();
        Assert.That(test.Connection.IsStoppedAfterHandshake, Is.True);
        test.AssertEvents("tx h:hello", "made", "waiter: ok");

        Assert.That(test.Connection.TakeUnread(), Is.EqualTo("not TLS at all"u8.ToArray()));
        test.Receive("more"u8.ToArray());
        test.Connection.Detach(_next);
        Assert.That(_events, Is.EqualTo((string[])["next made", "next data more"]));
        test.Run();

        test.AssertEvents("transport resumes", "lost: none");
        Assert.That((test.Connection.State, test.Connection.CloseReason), Is.EqualTo((TlsState.Unwrapped, CloseReason.Detached)));
        Assert.That(test.Connection.IsStoppedAfterHandshake, Is.False);
        Assert.That(test.Connection.Transitions.Last(step => step.Machine == TlsMachine.Name).Trigger, Is.EqualTo(nameof(TlsTrigger.TransportHandedOver)));
        Assert.That(test.Lower.Protocol, Is.SameAs(_next));
    }

    [Test]
    public void It_may_be_detached_in_connection_made_after_all_of_its_own_output()
    {
        var test = new TestConnection(Stopping);
        test.Application.OnConnectionMade = transport =>
        {
            transport.Write("login"u8);
            transport.Connection.Detach(_next);
        };
        test.Connect();

        test.Receive(Toy.More, Toy.Hello, "plain"u8.ToArray());
        test.Run();

        test.AssertEvents("tx h:hello", "made", "tx h:more", "tx d:login", "transport resumes", "waiter: ok", "lost: none");
        Assert.That(_events, Is.EqualTo((string[])["next made", "next data plain"]));
    }

    [Test]
    public void What_is_held_is_bounded_by_the_read_mark()
    {
        var test = new TestConnection(new TlsConnectionOptions { StopAfterHandshake = true, ReadHighWaterMark = 10 });
        test.Connect();

        test.Receive(Toy.Hello, Toy.Bytes(11));
        test.Run();
        Assert.That(test.Lower.IsReading, Is.False);

        Assert.That(test.Connection.TakeUnread(), Has.Length.EqualTo(11));
        Assert.That(test.Lower.IsReading, Is.True);
    }

    [Test]
    public void A_stopped_connection_may_go_on_with_TLS([Values] bool hasEnded)
    {
        var test = new TestConnection(new TlsConnectionOptions { StopAfterHandshake = true, TolerateTruncation = true });
        test.Connect();
        test.Receive(Toy.Hello, Toy.Data("one"));
        if (hasEnded)
            test.ReceiveEndOfStream();
        test.Run();
        Assert.That(test.TakeEvents(), Has.None.StartsWith("data"));

        test.Connection.ContinueAfterHandshake();
        Assert.That(test.TakeEvents(), Is.Empty, "on a later turn");
        test.Run();
        Assert.That(test.TakeEvents(), Is.EqualTo(hasEnded ? (string[])["data one", "tx c", "eof", "transport closes", "lost: none"] : ["data one"]));
        Assert.That(() => test.Connection.TakeUnread(), hasEnded ? Is.Empty : Throws.InvalidOperationException);
    }

    [Test]
    public void The_end_of_the_stream_right_after_the_handshake_is_the_next_protocols()
    {
        var test = new TestConnection(Stopping);
        test.Connect();

        test.Receive(Toy.Hello, "plain"u8.ToArray());
        test.ReceiveEndOfStream();
        test.Run();
        test.Connection.Detach(_next);
        test.Run();

        Assert.That(_events, Is.EqualTo((string[])["next made", "next data plain", "next eof", "next lost: none"]));
    }

    [Test]
    public void Only_a_stopped_connection_is_detached()
    {
        var test = TestConnection.Wrapped();

        Assert.That(() => test.Connection.Detach(_next), Throws.InvalidOperationException.With.Message.Contains(nameof(TlsConnectionOptions.StopAfterHandshake)));
        Assert.That(() => test.Connection.ContinueAfterHandshake(), Throws.InvalidOperationException);
        Assert.That(() => test.Connection.TakeUnread(), Throws.InvalidOperationException);
    }

    [Test]
    public void A_close_of_a_stopped_connection_is_an_ordinary_one()
    {
        var test = new TestConnection(Stopping);
        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();

        test.Transport.Close();
        test.Receive(Toy.CloseNotify);
        test.Run();

        test.AssertLastEvents("transport closes", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test]
    public void The_inner_engine_returns_to_the_outer_one()
    {
        // Given TLS in TLS.
        var outer = TestConnection.Wrapped();
        var inner = TlsConnection.Upgrade(outer.Transport, outer.Loop, new RecordingApplication([]), new ToyCore(), new TlsConnectionOptions());
        outer.Run();
        outer.Receive(Toy.Data(Toy.Hello));
        outer.Run();
        outer.TakeEvents();

        // When the inner one returns to plaintext, which is the outer one's data.
        inner.Unwrap(_next);
        outer.Receive(Toy.Data([.. Toy.CloseNotify, .. "behind"u8]));
        outer.Run();
        _next.Transport!.Write("once only"u8);
        outer.Receive(Toy.Data("later"));

        // Then the outer one goes on.
        Assert.That(_events, Is.EqualTo((string[])["next made", "next data behind", "next data later"]));
        outer.AssertEvents("tx d:3 bytes", "tx d:once only");
        Assert.That((inner.CloseReason, outer.Connection.State), Is.EqualTo((CloseReason.Clean, TlsState.Wrapped)));
    }

    private sealed class PlainTransport : ITransport
    {
        public void Write(ReadOnlySpan<byte> data) { }

        public void PauseReading() { }

        public void ResumeReading() { }

        public void Close() { }

        public void Abort(Exception? reason = null) { }
    }
}
