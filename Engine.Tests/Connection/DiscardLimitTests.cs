namespace TlsFsm.Tests.Connection;

/// <summary><see cref="TlsLimits.MaxDiscardedAfterClose"/>: how much of a peer that goes on sending is taken after our own close.</summary>
[TestFixture]
internal sealed class DiscardLimitTests
{
    private const int Limit = 1000;

    private static readonly TlsConnectionOptions Options =
        new() { TolerateTruncation = true, Limits = new TlsLimits { MaxDiscardedAfterClose = Limit } };

    [Test]
    public void A_peer_that_goes_on_sending_is_not_awaited_beyond_the_limit()
    {
        var test = TestConnection.Wrapped(Options);
        test.Transport.Close();

        test.Receive(Toy.Data(Toy.Bytes(Limit - 3)));
        test.Run();
        test.AssertEvents("tx c");
        test.Receive(Toy.Data(""));
        test.Run();

        test.AssertEvents("eof", "transport closes", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Unanswered));
        Assert.That(test.Loop.ArmedTimers, Is.Zero);
    }

    [Test]
    public void Output_that_is_left_goes_out_first()
    {
        var test = TestConnection.Wrapped(Options);
        test.Connection.PauseWriting();
        test.Transport.Write("last words"u8);
        test.Transport.Close();

        test.Receive(Toy.Data(Toy.Bytes(2 * Limit)));
        test.Receive(Toy.Data("dropped"));
        test.Run();
        test.AssertEvents("eof");
        test.Connection.ResumeWriting();
        test.Run();

        test.AssertEvents("tx d:last words", "tx c", "transport closes", "lost: none");
    }

    [Test]
    public void A_close_notify_in_the_bytes_that_cross_the_limit_still_counts()
    {
        var test = TestConnection.Wrapped(Options);
        test.Transport.Close();

        test.Receive(Toy.Data(Toy.Bytes(Limit)), Toy.CloseNotify);
        test.Run();

        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test]
    public void What_arrived_before_the_close_does_not_count()
    {
        var test = TestConnection.Wrapped(Options);
        test.Transport.PauseReading();
        test.Receive(Toy.Data(Toy.Bytes(2 * Limit)));

        test.Transport.Close();
        test.Run();
        test.AssertEvents("tx c");
        test.Receive(Toy.CloseNotify);
        test.Run();

        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }
}
