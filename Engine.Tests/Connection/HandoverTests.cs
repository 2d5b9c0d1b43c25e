using TlsFsm.Machines;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>The transport goes on with another protocol after a two-way close (FTP's CCC).</summary>
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
        Assert.That(
            (test.Connection.State, test.Connection.CloseReason, test.Connection.Failure),
            Is.EqualTo((TlsState.Unwrapped, CloseReason.Clean, (Exception?)null)));
        Assert.That(
            test.Connection.Transitions.Where(step => step.Machine is TlsMachine.Name or WriteMachine.Name).TakeLast(3).Select(
                step => $"{step.From} {step.Trigger} {step.To}"),
            Is.EqualTo((string[])["Closing ShutdownCompleted Closed", "Shutdown TransportHandedOver Unwrapped", "Closed ConnectionEnded Over"]));
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
    public void A_connection_that_closes_without_waiting_waits_for_the_return_to_plaintext()
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { AwaitCloseNotify = false });

        test.Connection.Unwrap(_next);
        test.Run();
        Assert.That(_events, Is.Empty);
        test.Receive(Toy.CloseNotify);
        test.Run();

        Assert.That(_events, Is.EqualTo((string[])["next made"]));
    }

    [Test]
    public void A_direction_that_was_closed_before_does_not_hinder_the_return()
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { AllowHalfCloseOnTls12 = true });

        test.Transport.WriteEof();
        test.Connection.Unwrap(_next);
        test.Receive(Toy.CloseNotify, "plain"u8.ToArray());
        test.Run();

        Assert.That(_events, Is.EqualTo((string[])["next made", "next data plain"]));
        Assert.That(test.TakeEvents(), Has.Exactly(1).EqualTo("tx c"));
    }

    [Test]
    public void Transports_that_go_on_delivering_behind_the_close_notify_fail_the_connection()
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { Limits = new TlsLimits { MaxBufferedBytes = 64 * 1024 } });
        test.Connection.PauseWriting();
        test.Connection.Unwrap(_next);
        test.Receive(Toy.CloseNotify);
        test.Receive(new byte[64 * 1024]);
        Assert.That(test.Connection.Failure, Is.Null);

        test.Receive([0]);

        Assert.That(test.Connection.Failure!.Message, Does.Contain(nameof(TlsLimits.MaxBufferedBytes)));
        test.Run();
        Assert.That(_events, Is.Empty);
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

        Assert.That(
            () => test.Connection.Unwrap(_next), Throws.InvalidOperationException.With.Message.Contains(nameof(ISwitchableTransport)));
        Assert.That(
            () => test.Connection.Detach(_next), Throws.InvalidOperationException.With.Message.Contains(nameof(ISwitchableTransport)));
    }

    [Test]
    public void The_inner_engine_returns_to_the_outer_one()
    {
        // Given TLS in TLS.
        var outer = TestConnection.Wrapped();
        var inner = TlsConnection.Upgrade(
            outer.Transport, outer.Loop, new RecordingApplication([]), new ToyCore(), new TlsConnectionOptions());
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
