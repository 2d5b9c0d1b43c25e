using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>The promises P8-P15: reading, shutdown, flow control. One readable example each; the traces hold them in full.</summary>
[TestFixture]
internal sealed class FlowPromiseTests
{
    private const int KiB = 1024;

    private static readonly string[] Regular = ["transport closes", "lost: none"];

    [Test]
    [Property("Defect", "L9")]
    public void P8_What_was_authenticated_before_a_bad_record_is_delivered_before_the_failure([Values(null, 3, 4096)] int? bufferSize)
    {
        var test = TestConnection.Wrapped(bufferSize: bufferSize);

        test.Receive(Toy.Data("good "), Toy.Data("data"), Toy.Bad, Toy.Data("unseen"));
        test.Run();

        Assert.That(test.Application.Received, Is.EqualTo("good data"u8.ToArray()));
        test.AssertLastEvents("tx a:unexpected", "transport aborts: tls", "lost: tls");
    }

    [Test]
    public void P8_A_close_in_the_delivery_before_a_bad_record_changes_nothing()
    {
        var test = TestConnection.Wrapped();
        test.Application.OnData = transport => transport.Close();

        test.Receive(Toy.Data("last"), Toy.Bad);
        test.Run();

        test.AssertEvents("data last", "tx a:unexpected", "transport aborts: tls", "lost: tls");
    }

    [Test]
    [Property("Defect", "L21")]
    [Property("Defect", "L2")]
    public void P9_After_its_own_close_the_application_gets_no_more_data_and_loses_no_output([Values(null, 4)] int? bufferSize)
    {
        var test = TestConnection.Wrapped(bufferSize: bufferSize);
        test.Connection.PauseWriting();
        test.Transport.Write(Toy.Bytes(200 * KiB));

        test.Transport.Close();
        test.Receive(Toy.Data("late"), Toy.KeyUpdate, Toy.Data("later"));
        test.Connection.ResumeWriting();
        test.Receive(Toy.Data("too late"), Toy.CloseNotify);
        test.Run();

        Assert.That(test.Application.Received, Is.Empty);
        Assert.That(Toy.Parse(test.Lower.Written).Where(r => r.Type == 'd').Sum(r => r.Payload.Length), Is.EqualTo(200 * KiB));
        test.AssertLastEvents("tx c", "eof", "transport closes", "lost: none");
    }

    [Test]
    [Property("Defect", "L2")]
    public void P9_Closing_with_unread_data_is_an_ordinary_close()
    {
        var test = TestConnection.Wrapped();
        test.Transport.PauseReading();
        test.Receive(Toy.Data("unread"));

        test.Transport.Close();
        test.Receive(Toy.CloseNotify);
        test.Run();

        test.AssertEvents("tx c", "eof", "transport closes", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test]
    [Property("Defect", "L4")]
    public void P10_A_buffered_application_gets_all_there_is_before_the_shutdown(
        [Values(1, 10, 4096)] int bufferSize, [Values("end", "close_notify", "close_notify and end", "paused, end")] string ending)
    {
        var test = TestConnection.Wrapped(bufferSize: bufferSize);
        var sent = Toy.Bytes(bufferSize == 1 ? 300 : 20_000);
        if (ending.StartsWith("paused", StringComparison.Ordinal))
            test.Transport.PauseReading();

        test.Receive(Toy.Data(sent));
        if (ending.Contains("close_notify", StringComparison.Ordinal))
            test.Receive(Toy.CloseNotify);
        if (ending.EndsWith("end", StringComparison.Ordinal))
            test.ReceiveEndOfStream();
        test.Transport.ResumeReading();
        test.Run();

        Assert.That(test.Application.Received, Is.EqualTo(sent));
        var events = test.TakeEvents();
        Assert.That(events[^2..], Is.EqualTo(Regular));
        Assert.That(events, Has.Exactly(1).EqualTo("eof").And.Exactly(1).EqualTo("tx c"));
    }

    [Test]
    [Property("Defect", "L20")]
    public void P10_Pausing_again_in_the_same_turn_as_resuming_loses_nothing()
    {
        var test = TestConnection.Wrapped();
        test.Transport.PauseReading();
        test.Receive(Toy.Data("waits"));
        test.ReceiveEndOfStream();

        test.Transport.ResumeReading();
        test.Transport.PauseReading();
        test.Run();
        test.AssertEvents();
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Flushing));

        test.Transport.ResumeReading();
        test.Run();
        test.AssertEvents("data waits", "eof", "tx c", "transport closes", "lost: none");
    }

    [Test]
    public void P10_An_end_of_stream_waits_for_an_application_that_pauses_in_the_delivery_of_the_rest()
    {
        var test = TestConnection.Wrapped();
        test.Transport.PauseReading();
        test.Receive(Toy.Data("rest"));
        test.Application.OnData = transport => transport.PauseReading();
        test.ReceiveEndOfStream();

        test.Transport.ResumeReading();
        test.Run();
        test.Advance(1000);
        test.AssertEvents("data rest");

        test.Transport.ResumeReading();
        test.Run();
        test.AssertEvents("eof", "tx c", "transport closes", "lost: none");
    }

    [Test]
    [Property("Defect", "L3")]
    [Property("Defect", "L23")]
    public void P10_A_close_after_the_end_of_stream_goes_on_though_reading_is_paused()
    {
        var test = TestConnection.Wrapped();
        test.Transport.PauseReading();
        test.Receive(Toy.Data("unread"));
        test.ReceiveEndOfStream();
        Assert.That(test.Loop.ArmedTimers, Is.Zero);

        test.Transport.Close();
        test.Run();

        test.AssertEvents("tx c", "eof", "transport closes", "lost: none");
    }

    [Test]
    [Property("Defect", "L3")]
    [Property("Defect", "L23")]
    public void P10_The_deadline_runs_for_a_close_after_the_end_of_stream_on_a_stuck_transport()
    {
        var test = TestConnection.Wrapped();
        test.Transport.PauseReading();
        test.ReceiveEndOfStream();
        test.Connection.PauseWriting();

        test.Transport.Close();
        test.Advance(30);
        test.Run();

        test.AssertEvents("eof", "transport aborts: timeout", "lost: timeout");
    }

    [Test]
    [Property("Defect", "L24")]
    public void P11_The_transport_is_closed_on_the_next_turn_and_only_when_all_output_was_handed_over()
    {
        var test = TestConnection.Wrapped();
        test.Connection.PauseWriting();
        test.Transport.Write("last words"u8);
        test.Transport.Close();
        test.Receive(Toy.CloseNotify);
        test.Run();
        test.AssertEvents("eof");
        Assert.That(test.Loop.ArmedTimers, Is.EqualTo(1));

        test.Connection.ResumeWriting();
        test.AssertEvents("tx d:last words", "tx c");
        Assert.That(test.Loop.ArmedTimers, Is.Zero);

        test.Run();
        test.AssertEvents("transport closes", "lost: none");
    }

    [Test]
    [Property("Defect", "L23")]
    public void P11_A_transport_that_never_drains_is_cut_after_the_deadline([Values] bool afterEndOfStream)
    {
        var test = TestConnection.Wrapped();
        test.Connection.PauseWriting();
        test.Transport.Write("stuck"u8);
        if (afterEndOfStream)
            test.ReceiveEndOfStream();
        else
            test.Receive(Toy.CloseNotify);

        test.Advance(29.9);
        test.Run();
        test.AssertEvents("eof");
        test.Advance(0.1);
        test.Run();

        test.AssertEvents("transport aborts: timeout", "lost: timeout");
    }

    [Test]
    [Property("Defect", "L42")]
    public void P11_A_shutdown_completes_once()
    {
        var test = TestConnection.Wrapped();
        test.Lower.IsLostByItself = false;
        test.Transport.Close();
        test.Receive(Toy.CloseNotify);
        test.Run();
        test.TakeEvents();

        test.Receive(Toy.Data("more"), Toy.CloseNotify);
        test.ReceiveEndOfStream();
        test.Transport.PauseReading();
        test.Transport.ResumeReading();
        test.Transport.Close();
        test.Run();

        test.AssertEvents();
    }

    [Test]
    [Property("Defect", "L7")]
    public void P12_With_a_high_mark_of_zero_an_empty_buffer_pauses_nobody()
    {
        var test = TestConnection.Wrapped();

        test.Transport.SetWriteBufferLimits(high: 0);
        test.Transport.SetReadBufferLimits(high: 0);
        test.Transport.Write("one"u8);
        test.Transport.Write("two"u8);
        test.Receive(Toy.Data("in"));

        test.AssertEvents("tx d:one", "tx d:two", "data in");
    }

    [Test]
    [Property("Defect", "L7")]
    public void P12_A_buffer_is_over_its_mark_only_when_larger_and_under_it_when_not_larger()
    {
        var test = TestConnection.Wrapped();
        test.Transport.SetWriteBufferLimits(high: 8, low: 4);
        test.Connection.PauseWriting();

        test.Transport.Write("12345"u8);
        test.AssertEvents();
        test.Transport.Write("6"u8);
        test.AssertEvents("pause");

        test.Transport.SetWriteBufferLimits(high: 100, low: 12);
        test.AssertEvents("resume");
    }

    [Test]
    [Property("Defect", "L7")]
    public void P12_The_transport_is_paused_for_a_paused_application_and_resumed_at_the_low_mark()
    {
        var test = TestConnection.Wrapped();
        test.Transport.SetReadBufferLimits(high: 10, low: 5);
        test.Transport.PauseReading();

        test.Receive(Toy.Data("1234567"));
        test.AssertEvents();
        test.Receive(Toy.Data(""));
        test.AssertEvents("transport pauses");

        test.Transport.ResumeReading();
        test.Run();
        test.AssertEvents("data 1234567", "transport resumes");
    }

    [Test]
    [Property("Defect", "L7")]
    public void P12_The_transport_is_never_paused_while_the_rest_of_a_record_is_awaited()
    {
        var test = TestConnection.Wrapped();
        test.Transport.SetReadBufferLimits(high: 0);
        var record = Toy.Data("a record in two halves");

        test.Receive(record[..10]);
        test.AssertEvents();
        test.Receive(record[10..]);

        test.AssertEvents("data a record in two halves");
    }

    [Test]
    [Property("Defect", "L25")]
    public void P12_A_close_resumes_a_paused_transport_so_that_the_answer_can_arrive()
    {
        var test = TestConnection.Wrapped();
        test.Transport.SetReadBufferLimits(high: 0);
        test.Transport.PauseReading();
        test.Receive(Toy.Data("unread"));
        test.AssertEvents("transport pauses");

        test.Transport.Close();

        test.AssertEvents("transport resumes", "tx c");
    }

    [Test]
    [Property("Defect", "L6")]
    public void P12_Nobody_is_asked_to_pause_before_connection_made_or_after_the_loss()
    {
        var test = new TestConnection(new TlsConnectionOptions { WriteHighWaterMark = 1, TolerateTruncation = true });
        test.Connection.PauseWriting();
        test.Connect();
        test.Receive(Toy.More);
        test.AssertEvents();

        test.Receive(Toy.Hello);
        test.AssertEvents("made", "waiter: ok", "pause");

        test.Lose();
        test.Connection.ResumeWriting();
        test.Transport.SetWriteBufferLimits(high: 100);
        test.Run();
        test.AssertEvents("lost: none");
    }

    [Test]
    public void P12_An_exception_from_pause_writing_is_reported_and_the_connection_goes_on()
    {
        var test = TestConnection.Wrapped();
        test.Application.OnPauseWriting = _ => throw new ApplicationFailure();
        test.Connection.PauseWriting();

        test.Transport.SetWriteBufferLimits(high: 0);
        test.Transport.Write("x"u8);
        test.Connection.ResumeWriting();

        test.AssertEvents("pause", "hook: app", "tx d:x", "resume");
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Wrapped));
    }

    [Test]
    [Property("Defect", "L5")]
    public void P13_Pausing_resuming_closing_and_aborting_twice_is_once()
    {
        var test = TestConnection.Wrapped();
        test.Connection.PauseWriting();
        test.Connection.PauseWriting();
        test.Transport.Write("waits"u8);
        test.Connection.ResumeWriting();
        test.Connection.ResumeWriting();
        test.Transport.Close();
        test.Transport.Close();
        test.AssertEvents("tx d:waits", "tx c");

        test.Transport.Abort();
        test.Transport.Abort();
        test.Run();

        test.AssertEvents("transport aborts", "lost: none");
    }

    [Test]
    [Property("Defect", "L17")]
    [Property("Defect", "L41")]
    public void P14_Nothing_is_kept_for_a_dead_connection()
    {
        var test = TestConnection.Wrapped();
        test.Connection.PauseWriting();
        test.Transport.Write("unsent"u8);
        test.Transport.PauseReading();
        test.Receive(Toy.Data("unread"));
        test.TakeEvents();

        test.Transport.Abort();
        test.Connection.ResumeWriting();
        test.Receive(Toy.Data("after the end"));
        test.Transport.Write("after the end"u8);

        Assert.That((test.Transport.ReadBufferSize, test.Transport.WriteBufferSize, test.Loop.ArmedTimers), Is.EqualTo((0, 0, 0)));
        test.AssertEvents("transport aborts");
    }

    [Test]
    [Property("Defect", "L22")]
    public void P15_Our_close_notify_goes_out_after_the_peers_end_of_stream_too()
    {
        var test = TestConnection.Wrapped();

        test.ReceiveEndOfStream();
        test.Run();

        test.AssertEvents("eof", "tx c", "transport closes", "lost: none");
    }
}
