using TlsFsm.Machines;

namespace TlsFsm.Tests.Connection;

/// <summary>A handshake that stops at its last record: what follows is left as it is, for whoever goes on.</summary>
[TestFixture]
internal sealed class StopAfterHandshakeTests
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
        Assert.That(
            test.Connection.Transitions.Last(step => step.Machine == TlsMachine.Name).Trigger,
            Is.EqualTo(nameof(TlsTrigger.TransportHandedOver)));
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
        Assert.That(
            test.TakeEvents(),
            Is.EqualTo(hasEnded ? (string[])["data one", "eof", "tx c", "transport closes", "lost: none"] : ["data one"]));
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

        Assert.That(
            () => test.Connection.Detach(_next),
            Throws.InvalidOperationException.With.Message.Contains(nameof(TlsConnectionOptions.StopAfterHandshake)));
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
}
