using TlsFsm.Hosting.Streams;
using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Connection;

namespace TlsFsm.Tests.Hosting;

/// <summary>A stream at the end of its connection, turn by turn.</summary>
public sealed class TlsStreamEndingTests
{
    [Test]
    public void A_write_between_a_failure_and_the_news_of_it_tells_the_failure()
    {
        var (test, stream) = Open();

        // In this order on the loop: the write's turn, the record that fails, the loss of the transport.
        var writing = stream.WriteAsync("too late"u8.ToArray()).AsTask();
        test.Receive(Toy.Bad);
        test.Run();

        Assert.That(
            async () => await writing,
            Throws.InstanceOf<TlsException>().With.Property(nameof(TlsException.Alert)).EqualTo(TlsAlert.UnexpectedMessage));
    }

    [Test]
    public void A_write_after_the_transport_was_lost_and_before_the_news_of_it_tells_why_it_was()
    {
        var (test, stream) = Open();

        var writing = stream.WriteAsync("too late"u8.ToArray()).AsTask();
        test.Lose(new IOException("The cable is out."));
        test.Run();

        Assert.That(async () => await writing, Throws.InstanceOf<IOException>().With.Message.EqualTo("The cable is out."));
    }

    [Test]
    public void A_write_between_an_abort_of_our_own_and_the_news_of_it_is_told_that_the_connection_is_closed()
    {
        var (test, stream) = Open();

        var writing = stream.WriteAsync("too late"u8.ToArray()).AsTask();
        test.Transport.Abort();
        test.Run();

        Assert.That(async () => await writing, Throws.TypeOf<IOException>().With.Message.Contains("nothing more can be written"));
    }

    /// <summary>A stream after its handshake, with nothing queued.</summary>
    private static (TestConnection Test, TlsStream Stream) Open()
    {
        var protocol = new StreamProtocol();
        var test = new TestConnection(make: made => new TlsConnection(made.Loop, protocol, new ToyCore(), new TlsConnectionOptions()));
        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();
        return (test, new TlsStream(test.Connection, protocol));
    }
}
