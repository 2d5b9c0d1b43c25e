using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>The promises P1-P7: the handshake, output, and the end. One readable example each; the traces hold them in full.</summary>
[TestFixture]
internal sealed class PromiseTests
{
    private static readonly string[] HandshakeEndings =
        ["close", "abort", "end of stream", "loss", "reset", "timeout", "TLS error", "bad certificate"];

    // P1, and L12 with L13: each way in which a handshake can end early, for a fresh application and for an upgrade.
    [Test]
    [Property("Defect", "L12")]
    [Property("Defect", "L13")]
    public void P1_Who_awaits_the_handshake_is_never_told_ok_unless_it_finished(
        [ValueSource(nameof(HandshakeEndings))] string ending, [Values] bool isUpgrade)
    {
        var test = isUpgrade ? TestConnection.Upgrade() : new TestConnection();
        test.Connect();

        var (waiter, loss) = EndHandshake(test, ending);
        var events = test.TakeEvents();
        test.Run();

        Assert.That(events.Count(e => e.StartsWith("waiter", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(events, Has.Member($"waiter: {waiter}"));
        Assert.That(test.TakeEvents(), isUpgrade ? Has.Exactly(1).EqualTo($"lost: {loss}") : Has.None.StartsWith("lost"));
        Assert.That(test.Connection.Handshake.IsFaulted, Is.True);
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Unwrapped));
    }

    [Test]
    public void P1_The_waiter_is_told_after_the_state_and_the_transports_abort()
    {
        var test = new TestConnection { ShowsStates = true };
        test.Connect();
        test.TakeEvents();

        test.Transport.Close();

        test.AssertEvents("DoHandshake > Unwrapped", "transport aborts", "waiter: aborted");
    }

    [Test]
    public void P1_An_abort_inside_connection_made_comes_after_the_finish()
    {
        var test = new TestConnection();
        test.Application.OnConnectionMade = transport => transport.Abort();
        test.Connect();

        test.Receive(Toy.Hello);
        test.Run();

        test.AssertEvents("tx h:hello", "made", "transport aborts", "waiter: ok", "lost: none");
    }

    [Test]
    [Property("Defect", "L15")]
    public void P2_A_connection_closed_before_it_was_connected_is_aborted_on_connect([Values] bool byAbort)
    {
        var test = TestConnection.Upgrade();
        test.Transport.Write("early"u8);

        if (byAbort)
            test.Transport.Abort();
        else
            test.Transport.Close();
        Assert.That(test.Transport.WriteBufferSize, Is.Zero);
        test.AssertEvents("waiter: aborted");

        test.Connect();
        test.Run();

        test.AssertEvents("transport aborts", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.LocalAbort));
    }

    [Test]
    [Property("Defect", "L1")]
    public void P3_The_last_flight_and_the_backlog_go_out_though_the_application_has_paused_reading([Values] bool inCallback)
    {
        var test = TestConnection.Upgrade();
        test.Connect();
        test.Transport.Write("early"u8);
        if (!inCallback)
            test.Transport.PauseReading();
        test.TakeEvents();

        test.Receive(Toy.More, Toy.Hello, Toy.Data("unread"));
        if (inCallback)
            test.Transport.PauseReading();
        test.Run();

        test.AssertEvents("waiter: ok", "tx h:more", "tx d:early");
    }

    [Test]
    [Property("Defect", "L1")]
    public void P3_Pausing_inside_connection_made_holds_no_output_back()
    {
        var test = new TestConnection();
        test.Application.OnConnectionMade = transport => transport.PauseReading();
        test.Connect();
        test.TakeEvents();

        test.Receive(Toy.More, Toy.Hello);

        test.AssertEvents("made", "waiter: ok", "tx h:more");
    }

    [Test]
    [Property("Defect", "L8")]
    public void P4_News_of_the_handshake_comes_first_and_data_on_a_later_turn()
    {
        var test = new TestConnection();
        test.Connect();
        test.TakeEvents();

        test.Receive(Toy.More, Toy.Hello, Toy.Data("first"));
        test.AssertEvents("made", "waiter: ok", "tx h:more");

        test.Run();
        test.AssertEvents("data first");
    }

    [Test]
    public void P4_What_connection_made_writes_goes_out_with_the_pending_flight_before_the_waiter_is_told()
    {
        var test = new TestConnection();
        test.Application.OnConnectionMade = transport => transport.Write("hi"u8);
        test.Connect();
        test.TakeEvents();

        test.Receive(Toy.More, Toy.Hello);

        test.AssertEvents("made", "tx h:more", "tx d:hi", "waiter: ok");
    }

    [Test]
    public void P4_Data_comes_with_the_next_bytes_if_those_are_faster_than_the_turn()
    {
        var test = new TestConnection();
        test.Connect();
        test.Receive(Toy.Hello, Toy.Data("first"));
        test.TakeEvents();

        test.Receive(Toy.Data("second"));

        test.AssertEvents("data firstsecond");
    }

    [Test]
    public void P4_A_bad_record_met_by_a_close_inside_connection_made_is_told_after_ok()
    {
        var test = new TestConnection();
        test.Application.OnConnectionMade = transport => transport.Close();
        test.Connect();
        test.TakeEvents();

        test.Receive(Toy.Hello, Toy.Bad);
        test.Run();

        test.AssertEvents("made", "tx c", "tx a:unexpected", "transport aborts: tls", "waiter: ok", "lost: tls");
    }

    [Test]
    [Property("Defect", "L32")]
    public void P5_An_exception_in_connection_made_is_fatal_reported_and_fails_the_waiter()
    {
        var test = new TestConnection();
        test.Application.OnConnectionMade = _ => throw new ApplicationFailure();
        test.Connect();
        test.TakeEvents();

        test.Receive(Toy.More, Toy.Hello);
        test.Run();

        test.AssertEvents("made", "transport aborts: app", "hook: app", "waiter: app", "lost: app");
    }

    [Test]
    public void P5_An_exception_after_an_abort_inside_connection_made_is_only_reported()
    {
        var test = new TestConnection();
        test.Application.OnConnectionMade = transport =>
        {
            transport.Abort();
            throw new ApplicationFailure();
        };
        test.Connect();
        test.TakeEvents();

        test.Receive(Toy.Hello);
        test.Run();

        test.AssertEvents("made", "transport aborts", "waiter: ok", "hook: app", "lost: none");
    }

    [Test]
    [Property("Defect", "L10")]
    [Property("Defect", "L26")]
    public void P6_A_fatal_error_sends_the_alert_then_ends_the_connection_at_once()
    {
        var test = TestConnection.Wrapped();
        test.ShowsStates = true;

        test.Receive(Toy.Bad);

        Assert.That(test.Transport.IsClosing, Is.True);
        test.AssertEvents("tx a:unexpected", "Wrapped > Unwrapped", "transport aborts: tls");
        test.Run();
        test.AssertEvents("lost: tls");
    }

    [Test]
    [Property("Defect", "L10")]
    public void P6_The_alert_of_a_failed_handshake_goes_out()
    {
        var test = new TestConnection { ShowsStates = true };
        test.Connect();
        test.TakeEvents();

        test.Receive(Toy.BadCertificate);

        test.AssertEvents("tx a:certificate", "DoHandshake > Unwrapped", "transport aborts: certificate", "waiter: certificate");
    }

    [Test]
    [Property("Defect", "L10")]
    public void P6_The_alert_of_a_failed_shutdown_goes_out_with_all_that_waits()
    {
        var test = TestConnection.Wrapped();
        test.Transport.Close();
        test.TakeEvents();

        test.Receive(Toy.Bad);

        test.AssertEvents("tx a:unexpected", "transport aborts: tls");
    }

    [Test]
    public void P6_Nothing_is_written_to_a_paused_transport_not_even_an_alert()
    {
        var test = TestConnection.Wrapped();
        test.Connection.PauseWriting();
        test.Transport.Write("waits"u8);

        test.Receive(Toy.Bad);
        test.Connection.ResumeWriting();

        test.AssertEvents("transport aborts: tls");
        Assert.That(test.Transport.WriteBufferSize, Is.Zero);
    }

    [Test]
    [Property("Defect", "L47")]
    public void P6_Only_the_first_error_counts_and_the_loss_carries_it_whatever_the_transport_says()
    {
        var test = TestConnection.Wrapped();
        test.Receive(Toy.Bad);

        test.Lose(new ConnectionReset());
        test.Run();

        test.AssertEvents("tx a:unexpected", "transport aborts: tls", "lost: tls");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Failed));
    }

    [Test]
    public void P6_An_exception_of_the_application_sends_nothing()
    {
        var test = TestConnection.Wrapped();
        test.Application.OnData = _ => throw new ApplicationFailure();

        test.Receive(Toy.KeyUpdate, Toy.Data("boom"), Toy.Bad);
        test.Run();

        test.AssertEvents("data boom", "transport aborts: app", "hook: app", "lost: app");
    }

    [Test]
    public void P7_A_connected_application_is_told_of_the_loss_once_on_a_later_turn()
    {
        var test = TestConnection.Wrapped();

        test.Lose(new ConnectionReset());
        test.AssertEvents();
        test.Lose(new ConnectionReset());
        test.Run();

        test.AssertEvents("lost: reset");
    }

    [Test]
    public void P7_The_waiter_of_a_lost_handshake_is_told_after_the_states()
    {
        var test = TestConnection.Upgrade();
        test.ShowsStates = true;
        test.Connect();
        test.TakeEvents();

        test.Lose();
        test.Run();

        test.AssertEvents("DoHandshake > Unwrapped", "waiter: reset", "lost: none");
    }

    private static (string Waiter, string Loss) EndHandshake(TestConnection test, string ending)
    {
        switch (ending)
        {
            case "close":
                test.Transport.Close();
                return ("aborted", "none");
            case "abort":
                test.Transport.Abort();
                return ("aborted", "none");
            case "end of stream":
                test.ReceiveEndOfStream();
                return ("reset", "reset");
            case "loss":
                test.Lose();
                return ("reset", "none");
            case "reset":
                test.Lose(new ConnectionReset());
                return ("reset", "reset");
            case "timeout":
                test.Advance(60);
                return ("aborted", "aborted");
            case "TLS error":
                test.Receive(Toy.Bad);
                return ("tls", "tls");
            case "bad certificate":
                test.Receive(Toy.BadCertificate);
                return ("certificate", "certificate");
            default:
                throw new AssertionException($"An unknown ending: {ending}");
        }
    }
}
