using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>How a connection ended: the reason, the error with its way through both machines, and what truncation means.</summary>
[TestFixture]
internal sealed class EndingTests
{
    private static readonly TlsConnectionOptions Strict = new();

    [Test]
    [Property("Defect", "L22")]
    public void A_stream_that_ends_without_close_notify_is_an_error_by_default_and_all_before_it_is_delivered([Values] bool insideRecord)
    {
        var test = TestConnection.Wrapped(Strict);
        var record = Toy.Data("cut here");

        test.Receive(Toy.Data("whole"), insideRecord ? record[..5] : []);
        test.ReceiveEndOfStream();
        test.Run();

        var cut = insideRecord
            ? "TlsFsm.TlsException: The peer's stream ended inside a record: what it sent was cut off."
            : "TlsFsm.TlsException: The peer's stream ended without close_notify: what it sent may have been cut off.";
        test.AssertEvents("data whole", $"transport aborts: {cut}", $"lost: {cut}");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Truncated));
        Assert.That(((TlsException)test.Application.LostWith!).Reason, Is.EqualTo(CloseReason.Truncated));
    }

    [Test]
    public void A_loss_after_a_truncation_changes_nothing_of_it()
    {
        var test = TestConnection.Wrapped(Strict);
        test.ReceiveEndOfStream();

        test.Lose(new ConnectionReset());
        test.Run();

        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Truncated));
        Assert.That(((TlsException)test.Application.LostWith!).Reason, Is.EqualTo(CloseReason.Truncated));
    }

    [Test]
    public void An_abort_after_a_truncation_does_not_hide_it()
    {
        var test = TestConnection.Wrapped(Strict);
        test.ReceiveEndOfStream();

        test.Transport.Abort();
        test.Run();

        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Truncated));
        Assert.That(((TlsException)test.Application.LostWith!).Reason, Is.EqualTo(CloseReason.Truncated));
    }

    [Test]
    public void A_second_loss_changes_nothing()
    {
        var test = TestConnection.Wrapped();
        test.Lose();

        test.Lose(new ConnectionReset());

        Assert.That((test.Connection.Failure, test.Connection.CloseReason), Is.EqualTo(((Exception?)null, CloseReason.TransportLost)));
    }

    [Test]
    public void An_end_of_stream_after_our_own_close_is_no_truncation()
    {
        var test = TestConnection.Wrapped(Strict);
        test.Transport.Close();

        test.ReceiveEndOfStream();
        test.Run();

        test.AssertEvents("tx c", "eof", "transport closes", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Unanswered));
    }

    [Test]
    public void Where_truncation_is_tolerated_such_an_end_is_clean()
    {
        var test = TestConnection.Wrapped();

        test.ReceiveEndOfStream();
        test.Run();

        test.AssertEvents("eof", "tx c", "transport closes", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [TestCase("their close_notify", CloseReason.Clean, "none")]
    [TestCase("our close, answered", CloseReason.Clean, "none")]
    [TestCase("our close, then their end", CloseReason.Unanswered, "none")]
    [TestCase("our close, never answered", CloseReason.ShutdownTimeout, "timeout")]
    [TestCase("abort", CloseReason.LocalAbort, "none")]
    [TestCase("abort with a reason", CloseReason.LocalAbort, "app")]
    [TestCase("abort with an alert", CloseReason.LocalAbort, "aborted")]
    [TestCase("bad record", CloseReason.Failed, "tls")]
    [TestCase("application throws", CloseReason.Failed, "app")]
    [TestCase("loss", CloseReason.TransportLost, "none")]
    [TestCase("reset", CloseReason.TransportLost, "reset")]
    [TestCase("reset after the shutdown", CloseReason.TransportLost, "reset")]
    public void Each_ending_has_its_reason(string ending, CloseReason reason, string told)
    {
        var test = TestConnection.Wrapped();
        switch (ending)
        {
            case "their close_notify":
                test.Receive(Toy.CloseNotify);
                break;
            case "our close, answered":
                test.Transport.Close();
                test.Receive(Toy.CloseNotify);
                break;
            case "our close, then their end":
                test.Transport.Close();
                test.ReceiveEndOfStream();
                break;
            case "our close, never answered":
                test.Transport.Close();
                test.Advance(30);
                break;
            case "abort":
                test.Transport.Abort();
                break;
            case "abort with a reason":
                test.Transport.Abort(new ApplicationFailure());
                break;
            case "abort with an alert":
                test.Transport.Abort(TlsAlert.AccessDenied);
                break;
            case "bad record":
                test.Receive(Toy.Bad);
                break;
            case "application throws":
                test.Application.OnData = _ => throw new ApplicationFailure();
                test.Receive(Toy.Data("x"));
                break;
            case "loss":
                test.Lose();
                break;
            case "reset":
                test.Lose(new ConnectionReset());
                break;
            case "reset after the shutdown":
                test.Receive(Toy.CloseNotify);
                test.Lose(new ConnectionReset());
                break;
        }

        test.Run();

        Assert.That(test.Connection.CloseReason, Is.EqualTo(reason));
        Assert.That(test.TakeEvents()[^1], Is.EqualTo($"lost: {told}"));
        Assert.That(test.Connection.Failure, Is.SameAs(test.Application.LostWith));
    }

    [Test]
    public void Every_TLS_error_carries_the_way_the_machines_went(
        [Values("handshake", "timeout", "bad record", "shutdown", "truncation", "end of stream")] string what)
    {
        var inHandshake = what is "handshake" or "timeout" or "end of stream";
        var test = inHandshake ? new TestConnection(Strict) : TestConnection.Wrapped(Strict);
        if (inHandshake)
            test.Connect();
        switch (what)
        {
            case "handshake" or "bad record":
                test.Receive(Toy.Bad);
                break;
            case "timeout":
                test.Advance(60);
                break;
            case "shutdown":
                test.Transport.Close();
                test.Advance(30);
                break;
            default:
                test.ReceiveEndOfStream();
                break;
        }

        var failure = (TlsException)test.Connection.Failure!;

        Assert.That(failure.Transitions, Is.Not.Empty);
        Assert.That(failure.Transitions[0].ToString(), Does.EndWith("Tls: Unwrapped --Connected--> DoHandshake"));
        Assert.That(failure.Transitions.Last(step => step.Machine == "Tls").To, Is.EqualTo("Unwrapped"));
        Assert.That(failure.Transitions[^1].ToString(), Does.EndWith("--ConnectionEnded--> Over"));
    }

    [Test]
    public void The_messages_of_both_deadlines_name_them()
    {
        var options = new TlsConnectionOptions { HandshakeTimeout = TimeSpan.FromSeconds(7), ShutdownTimeout = TimeSpan.FromSeconds(3) };
        var handshake = new TestConnection(options);
        handshake.Connect();
        handshake.Advance(6.9);
        Assert.That(handshake.Connection.Failure, Is.Null);
        handshake.Advance(0.1);
        var shutdown = TestConnection.Wrapped(options);
        shutdown.Transport.Close();
        shutdown.Advance(3);

        Assert.That(
            handshake.Connection.Failure!.Message,
            Is.EqualTo("The TLS handshake is taking longer than 7 seconds (the peer has sent nothing yet): aborting the connection."));
        Assert.That(shutdown.Connection.Failure!.Message, Is.EqualTo("The TLS shutdown timed out: it is not complete after 3 seconds."));
    }
}
