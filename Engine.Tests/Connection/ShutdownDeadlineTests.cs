namespace TlsFsm.Tests.Connection;

/// <summary>
/// The shutdown's deadlines: one for all, or one for output without progress and one for the answer; and not waiting at all.
/// </summary>
[TestFixture]
internal sealed class ShutdownDeadlineTests
{
    private static readonly TlsConnectionOptions Separate =
        new() { FlushTimeout = TimeSpan.FromSeconds(10), ShutdownTimeout = TimeSpan.FromSeconds(3) };

    [Test]
    public void Output_without_progress_has_its_own_deadline()
    {
        var test = TestConnection.Wrapped(Separate);
        test.Connection.PauseWriting();
        test.Transport.Write("stuck"u8);
        test.Transport.Close();

        test.Advance(9);
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.None));
        test.Advance(1);

        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.ShutdownTimeout));
        Assert.That(test.Connection.Failure!.Message, Does.Contain("taken no output").And.Contain("10 seconds"));
    }

    [Test]
    public void The_wait_for_the_answer_begins_when_the_output_is_out()
    {
        var test = TestConnection.Wrapped(Separate);
        test.Connection.PauseWriting();
        test.Transport.Write("slow"u8);
        test.Transport.Close();
        test.Advance(9);

        test.Connection.ResumeWriting();
        test.Advance(2);
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.None));
        test.Advance(1);

        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.ShutdownTimeout));
        Assert.That(test.Connection.Failure!.Message, Does.Contain("3 seconds"));
    }

    [Test]
    public void By_default_one_deadline_covers_both()
    {
        var test = TestConnection.Wrapped();
        test.Connection.PauseWriting();
        test.Transport.Write("slow"u8);
        test.Transport.Close();
        test.Advance(29);
        test.Connection.ResumeWriting();

        test.Advance(1);

        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.ShutdownTimeout));
    }

    [Test]
    public void A_one_way_close_ends_once_its_output_is_out()
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { AwaitCloseNotify = false });
        test.Connection.PauseWriting();
        test.Transport.Write("the last word"u8);

        test.Transport.Close();
        test.Run();
        test.AssertEvents();
        test.Connection.ResumeWriting();
        test.Run();

        test.AssertEvents("tx d:the last word", "tx c", "transport closes", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Unanswered));
    }

    [Test]
    public void A_one_way_close_that_was_answered_already_is_clean()
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { AwaitCloseNotify = false });
        test.Receive(Toy.CloseNotify);
        test.Run();

        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [TestCase(0)]
    [TestCase(-1)]
    public void A_flush_deadline_is_positive(int seconds) =>
        Assert.That(
            () => new TlsConnectionOptions { FlushTimeout = TimeSpan.FromSeconds(seconds) },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains(nameof(TlsConnectionOptions.FlushTimeout)));

    [Test]
    public void A_single_byte_that_has_come_is_told_when_a_handshake_takes_too_long()
    {
        var test = new TestConnection();
        test.Connect();
        test.Receive(Toy.Hello[..1]);

        test.Advance(60);

        Assert.That(test.Connection.Failure!.Message, Does.Contain("the peer has sent 1 bytes, which are no whole message yet"));
    }

    [Test]
    public void A_handshake_that_takes_too_long_says_how_far_it_had_come()
    {
        var test = new TestConnection();
        test.Connect();

        test.Advance(60);

        Assert.That(test.Connection.Failure!.Message, Does.Contain("longer than 60 seconds").And.Contain("the peer has sent nothing yet"));
    }
}
