using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>The end of the transport's stream is an event in the order of its bytes: it overtakes none, and ends one direction.</summary>
[TestFixture]
[Property("Promise", "P16")]
internal sealed class EndOfStreamTests
{
    private static readonly TlsConnectionOptions Strict = new();
    private static readonly TlsConnectionOptions Tolerant = new() { TolerateTruncation = true };

    [Test]
    public void A_request_with_close_notify_and_the_end_of_the_stream_is_answered_in_full_by_a_reader_that_is_behind()
    {
        var test = TestConnection.Wrapped(Strict);
        test.Application.KeepsOpen = true;
        test.Transport.PauseReading();
        test.Receive(Toy.Data("request"), Toy.CloseNotify);
        test.ReceiveEndOfStream();
        test.Transport.Write("early answer"u8);
        test.AssertEvents("tx d:early answer");

        test.Transport.ResumeReading();
        test.Run();
        test.Advance(1000);
        test.Transport.Write("late answer"u8);
        test.Transport.Close();
        test.Run();

        test.AssertEvents("data request", "eof", "tx d:late answer", "tx c", "transport closes", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test]
    public void A_reader_that_is_behind_and_does_not_keep_its_direction_open_still_writes_until_it_has_read_the_end()
    {
        var test = TestConnection.Wrapped(Strict);
        test.Transport.PauseReading();
        test.Receive(Toy.Data("request"), Toy.CloseNotify);
        test.ReceiveEndOfStream();

        Assert.That(test.Transport.IsClosing, Is.False);
        test.Transport.Write("answer"u8);
        test.Transport.ResumeReading();
        test.Run();

        test.AssertEvents("tx d:answer", "data request", "eof", "tx c", "transport closes", "lost: none");
    }

    [Test]
    public void Where_half_open_ends_are_not_allowed_a_reader_that_is_behind_cannot_keep_its_direction_open([Values] bool hasCloseNotify)
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { TolerateTruncation = true, AllowHalfCloseAtEndOfStream = false });
        test.Application.KeepsOpen = true;
        test.Transport.PauseReading();
        test.Receive(Toy.Data("request"), hasCloseNotify ? Toy.CloseNotify : []);
        test.ReceiveEndOfStream();

        test.Transport.ResumeReading();
        test.Run();

        string[] end = hasCloseNotify ? ["eof", "tx c"] : ["tx c", "eof"];
        test.AssertEvents(["data request", .. end, "transport closes", "lost: none"]);
    }

    [Test]
    public void What_is_written_when_the_end_is_told_goes_out_whatever_is_returned([Values] bool keepsOpen, [Values] bool hasCloseNotify)
    {
        var test = TestConnection.Wrapped(Tolerant);
        test.Application.KeepsOpen = keepsOpen;
        test.Application.OnEof = transport => transport.Write("the answer"u8);

        test.Receive(hasCloseNotify ? Toy.CloseNotify : []);
        test.ReceiveEndOfStream();
        test.Transport.Close();
        test.Run();

        test.AssertEvents("eof", "tx d:the answer", "tx c", "transport closes", "lost: none");
    }

    [Test]
    public void Writes_behind_the_end_pause_at_the_mark_and_resume()
    {
        var test = TestConnection.Wrapped(Tolerant);
        test.Transport.PauseReading();
        test.ReceiveEndOfStream();
        test.Transport.SetWriteBufferLimits(high: 10);
        test.Connection.PauseWriting();

        test.Transport.Write("more than ten bytes"u8);
        test.Connection.ResumeWriting();

        test.AssertEvents("pause", "tx d:more than ten bytes", "resume");
    }

    [Test]
    public void Our_direction_may_be_closed_alone_while_the_rest_of_an_ended_stream_is_read()
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { AllowHalfCloseOnTls12 = true });
        test.Transport.PauseReading();
        test.Receive(Toy.Data("rest"), Toy.CloseNotify);
        test.ReceiveEndOfStream();

        test.Transport.WriteEof();
        test.AssertEvents("tx c");
        test.Transport.ResumeReading();
        test.Run();

        test.AssertEvents("data rest", "eof", "transport closes", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test]
    public void An_end_that_is_not_tolerated_is_told_to_nobody_as_an_orderly_one([Values] bool isPaused, [Values] bool isAnswering)
    {
        var test = TestConnection.Wrapped(Strict);
        if (isAnswering)
        {
            test.Connection.PauseWriting();
            test.Transport.Write("half an answer"u8);
        }

        if (isPaused)
            test.Transport.PauseReading();
        test.Receive(Toy.Data("half a request"));
        test.ReceiveEndOfStream();
        test.Transport.ResumeReading();
        test.Connection.ResumeWriting();
        test.Run();

        Assert.That(test.TakeEvents(), Has.None.EqualTo("tx c").And.None.EqualTo("eof").And.Some.EqualTo("data half a request"));
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Truncated));
    }

    [TestCase(0, "ended without close_notify")]
    [TestCase(1, "ended inside a record")]
    public void A_single_byte_of_a_record_makes_the_end_one_inside_of_it(int count, string words)
    {
        var test = TestConnection.Wrapped(Strict);
        test.Receive(Toy.Data("cut")[..count]);

        test.ReceiveEndOfStream();
        test.Run();

        Assert.That(test.Connection.Failure!.Message, Does.Contain(words));
        Assert.That(((TlsException)test.Connection.Failure).Fault, Is.EqualTo(TlsFault.Network));
    }

    [Test]
    public void An_end_that_cuts_what_the_application_no_longer_wants_is_no_truncation()
    {
        var test = TestConnection.Wrapped(Strict);
        test.Transport.PauseReading();
        test.Receive(Toy.Data("unread"));
        test.ReceiveEndOfStream();

        test.Transport.Close();
        test.Run();

        test.AssertEvents("tx c", "eof", "transport closes", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Unanswered));
    }

    [Test]
    public void What_had_arrived_before_a_loss_reaches_an_application_that_keeps_it_for_its_reader([Values(null, 4)] int? bufferSize)
    {
        var test = TestConnection.Wrapped(Strict, bufferSize);
        test.Connection.Parts.KeepsReadingAfterLoss = true;
        test.Transport.PauseReading();
        test.Receive(Toy.Data("all of it"), Toy.Data("to the last record"), Toy.Data("cut here")[..5]);

        test.Lose(new ConnectionReset());
        test.Run();

        Assert.That(System.Text.Encoding.ASCII.GetString([.. test.Application.Received]), Is.EqualTo("all of itto the last record"));
        Assert.That(test.TakeEvents()[^1], Is.EqualTo("lost: reset"));
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.TransportLost));
        Assert.That(test.Transport.IsReading, Is.True, "its pause is over");
    }

    [Test]
    public void Who_ends_the_connection_while_it_is_given_what_had_arrived_before_a_loss_is_given_no_more()
    {
        var test = TestConnection.Wrapped(Strict, bufferSize: 4);
        test.Connection.Parts.KeepsReadingAfterLoss = true;
        test.Transport.PauseReading();
        test.Receive(Toy.Data("all of it"));
        test.Application.OnData = transport => transport.Abort();

        test.Lose(new ConnectionReset());
        test.Run();

        test.AssertEvents("data all ", "transport aborts", "lost: reset");
        Assert.That(((RecordingBufferedApplication)test.Application).Hints, Has.Count.EqualTo(1));
    }

    [Test]
    public void What_had_arrived_before_a_loss_is_not_forced_upon_an_application_that_has_paused()
    {
        var test = TestConnection.Wrapped(Strict);
        test.Transport.PauseReading();
        test.Receive(Toy.Data("unread"));

        test.Lose(new ConnectionReset());
        test.Run();

        test.AssertEvents("lost: reset");
    }

    [Test]
    public void A_shutdown_that_had_run_its_course_and_loses_its_last_output_was_not_clean([Values] bool isAnswered)
    {
        var test = TestConnection.Wrapped(Strict);
        test.Lower.IsLostByItself = false;
        test.Transport.Write("accepted"u8);
        test.Transport.Close();
        if (isAnswered)
            test.Receive(Toy.CloseNotify);
        else
            test.ReceiveEndOfStream();
        test.Run();

        test.Lose(new ConnectionReset());
        test.Run();

        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.TransportLost));
    }
}
