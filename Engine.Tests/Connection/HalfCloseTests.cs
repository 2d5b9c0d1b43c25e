using System.Security.Authentication;
using System.Text;

namespace TlsFsm.Tests.Connection;

/// <summary>One direction closed alone: close_notify out, and data still coming in.</summary>
[TestFixture]
internal sealed class HalfCloseTests
{
    private static readonly TlsConnectionOptions Allowed = new() { AllowHalfCloseOnTls12 = true };

    [Test]
    public void What_was_written_goes_out_then_close_notify_and_reading_goes_on()
    {
        var test = TestConnection.Wrapped(Allowed);
        test.Transport.Write("the question"u8);

        test.Transport.WriteEof();
        test.Receive(Toy.Data("the answer"));
        test.Run();

        test.AssertEvents("tx d:the question", "tx c", "data the answer");
        Assert.That(
            (test.Connection.State, test.Transport.IsWriteClosed, test.Transport.IsClosing), Is.EqualTo((TlsState.Wrapped, true, false)));
    }

    [Test]
    public void The_peers_close_notify_then_ends_it_cleanly_and_ours_is_not_sent_twice()
    {
        var test = TestConnection.Wrapped(Allowed);
        test.Transport.WriteEof();
        test.Receive(Toy.Data("the answer"), Toy.CloseNotify);
        test.Run();

        test.AssertEvents("tx c", "data the answer", "eof", "transport closes", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test]
    public void Later_writes_are_dropped_and_a_second_time_does_nothing()
    {
        var test = TestConnection.Wrapped(Allowed);
        test.Transport.WriteEof();
        test.TakeEvents();

        test.Transport.Write("too late"u8);
        test.Transport.WriteEof();
        test.Run();

        test.AssertEvents();
    }

    [Test]
    public void A_close_after_it_waits_for_the_peer_within_the_deadline()
    {
        var test = TestConnection.Wrapped(Allowed);
        test.Transport.WriteEof();
        test.Transport.Close();
        test.TakeEvents();

        test.Advance(31);
        test.Run();

        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.ShutdownTimeout));
    }

    [Test]
    public void On_tls_12_it_is_refused_unless_allowed_and_says_by_what()
    {
        var test = TestConnection.Wrapped();

        Assert.That(test.Transport.CanWriteEof, Is.False);
        Assert.That(
            test.Transport.WriteEof,
            Throws.TypeOf<NotSupportedException>().With.Message.Contains(nameof(TlsConnectionOptions.AllowHalfCloseOnTls12)));
        test.AssertEvents();
    }

    [Test]
    public void Before_the_handshake_has_finished_it_is_the_callers_mistake()
    {
        var test = new TestConnection(Allowed);
        Assert.That(test.Transport.WriteEof, Throws.InvalidOperationException.With.Message.Contains("Wrapped"));
        test.Connect();
        Assert.That(test.Transport.WriteEof, Throws.InvalidOperationException.With.Message.Contains("DoHandshake"));
    }

    [Test]
    public void After_the_end_it_is_harmless()
    {
        var test = TestConnection.Wrapped(Allowed);
        test.Transport.Abort();
        test.Run();
        test.TakeEvents();

        test.Transport.WriteEof();

        test.AssertEvents();
    }

    [Test]
    public void Two_engines_on_tls_13_ask_with_a_closed_direction_and_answer_into_it()
    {
        var pair = TwoEngines.Connected(new TwoEngines.Setting(SslProtocols.Tls13, 17));
        pair.Server.Application.KeepsOpen = true;

        pair.Client.Transport.Write("question"u8);
        pair.Client.Transport.WriteEof();
        pair.Run();
        pair.Server.Transport.Write("answer after your close_notify"u8);
        pair.Server.Transport.Close();
        pair.Run();

        Assert.That(Encoding.ASCII.GetString([.. pair.Server.Application.Received]), Is.EqualTo("question"));
        Assert.That(Encoding.ASCII.GetString([.. pair.Client.Application.Received]), Is.EqualTo("answer after your close_notify"));
        Assert.That(
            (pair.Client.Connection.CloseReason, pair.Server.Connection.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
    }
}
