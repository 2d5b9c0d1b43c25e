using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>The application's side: its buffers, its protocol exchanged while it runs, what it may ask.</summary>
[TestFixture]
internal sealed class ApplicationTests
{
    [Test]
    [Property("Defect", "L18")]
    public void An_empty_buffer_is_a_broken_contract_and_no_end_of_stream()
    {
        var test = TestConnection.Wrapped(bufferSize: 10);
        ((RecordingBufferedApplication)test.Application).BufferInstead = _ => Memory<byte>.Empty;

        test.Receive(Toy.Data("data"));
        test.Run();

        Assert.That(
            test.TakeEvents(),
            Has.No.Member("eof").And.Some.StartsWith(
                "hook: System.InvalidOperationException: RecordingBufferedApplication.GetBuffer returned an empty buffer."));
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Failed));
    }

    [Test]
    [Property("Defect", "L19")]
    public void Several_records_go_into_one_buffer_one_after_the_other()
    {
        var test = TestConnection.Wrapped(bufferSize: 100);

        test.Receive(Toy.Data("one "), Toy.Data("two "), Toy.Data("three"));

        test.AssertEvents("data one two three");
    }

    [Test]
    [Property("Defect", "L33")]
    public void A_buffer_is_asked_for_only_when_there_is_plaintext_and_the_hint_says_how_much()
    {
        var test = TestConnection.Wrapped(bufferSize: 4);

        test.Receive(Toy.KeyUpdate);
        test.Receive(Toy.Data("123456"));
        test.Run();
        test.Receive(Toy.CloseNotify);
        test.Run();

        Assert.That(((RecordingBufferedApplication)test.Application).Hints, Is.EqualTo((int[])[6, 2]));
    }

    [Test]
    public void An_exception_from_get_buffer_is_fatal_and_reported()
    {
        var test = TestConnection.Wrapped(bufferSize: 4);
        ((RecordingBufferedApplication)test.Application).BufferInstead = _ => throw new ApplicationFailure();

        test.Receive(Toy.Data("data"));
        test.Run();

        test.AssertEvents("transport aborts: app", "hook: app", "lost: app");
    }

    [Test]
    public void A_stream_is_put_together_from_buffers_of_any_size([Values(1, 2, 4, 50, 100)] int bufferSize)
    {
        var test = TestConnection.Wrapped(bufferSize: bufferSize);
        var sent = Toy.Bytes(1234);

        foreach (var chunk in Toy.Data(sent).Chunk(17))
            test.Receive(chunk);
        test.Run();

        Assert.That(test.Application.Received, Is.EqualTo(sent));
    }

    [Test]
    public void Another_protocol_gets_what_is_delivered_from_then_on_and_no_connection_made([Values] bool toBuffered)
    {
        var test = TestConnection.Wrapped(bufferSize: toBuffered ? null : 4);
        var events = new List<string>();
        var other = toBuffered ? new RecordingBufferedApplication(events, 3) : new RecordingApplication(events);
        test.Application.OnData = transport => transport.Protocol = other;

        test.Receive(Toy.Data("1234"), Toy.Data("5678"));
        test.Run();
        test.Receive(Toy.Data("90"));
        test.Run();
        test.Receive(Toy.CloseNotify);
        test.Run();

        Assert.That(test.Application.Received.Concat(other.Received), Is.EqualTo("1234567890"u8.ToArray()));
        Assert.That(events, Has.No.Member("made"));
        Assert.That(events[^2..], Is.EqualTo((string[])["eof", "lost: none"]));
        Assert.That(test.Transport.Protocol, Is.SameAs(other));
    }

    [Test]
    [Property("Defect", "L45")]
    public void Facts_of_the_transport_are_known_from_the_connect_on_and_after_the_loss()
    {
        var test = new TestConnection();
        test.Lower.Facts[ExtraInfo.PeerName] = "198.51.100.7";
        object? known = null;
        test.Application.OnConnectionLost = transport => known = transport.GetExtraInfo(ExtraInfo.PeerName);

        Assert.That(test.Transport.GetExtraInfo(ExtraInfo.PeerName, "unknown"), Is.EqualTo("unknown"));
        test.Connect();
        Assert.That(test.Transport.GetExtraInfo(ExtraInfo.PeerName), Is.EqualTo("198.51.100.7"));
        test.Receive(Toy.Hello);
        test.Lose();
        test.Run();

        Assert.That(known, Is.EqualTo("198.51.100.7"));
        Assert.That(test.Transport.GetExtraInfo(ExtraInfo.Options), Is.TypeOf<TlsConnectionOptions>());
    }

    [Test]
    public void What_the_handshake_settled_is_known_after_it_and_after_the_loss()
    {
        var pair = new TwoEngines(new TwoEngines.Setting(System.Security.Authentication.SslProtocols.Tls13, int.MaxValue));
        Assert.That(pair.Client.Transport.GetExtraInfo(ExtraInfo.Cipher, "unknown"), Is.EqualTo("unknown"));

        pair.Connect();
        pair.Client.Transport.Abort();
        pair.Run();

        var session = pair.Client.Connection.Session!;
        Assert.That(pair.Client.Transport.GetExtraInfo(ExtraInfo.Session), Is.SameAs(session));
        Assert.That(pair.Client.Transport.GetExtraInfo(ExtraInfo.Cipher), Is.EqualTo(session.CipherSuite));
        Assert.That(pair.Client.Transport.GetExtraInfo(ExtraInfo.Protocol), Is.EqualTo(session.Protocol));
        Assert.That(pair.Client.Transport.GetExtraInfo(ExtraInfo.PeerCertificate), Is.SameAs(session.PeerCertificate).And.Not.Null);
        Assert.That(pair.Client.Transport.GetExtraInfo(ExtraInfo.PeerCertificateChain), Is.SameAs(session.PeerCertificates));
        Assert.That(pair.Client.Transport.GetExtraInfo(ExtraInfo.Compression, "unknown"), Is.Null);
    }

    [Test]
    [Property("Defect", "L28")]
    public void A_write_in_eof_received_goes_out_after_close_notify()
    {
        var test = TestConnection.Wrapped();
        test.Application.OnEof = transport => transport.Write("farewell"u8);

        test.Receive(Toy.CloseNotify);
        test.Run();

        test.AssertEvents("eof", "tx d:farewell", "tx c", "transport closes", "lost: none");
    }

    [Test]
    [Property("Defect", "L37")]
    public void Sizes_count_what_waits_here_on_either_side()
    {
        var test = TestConnection.Upgrade();
        test.Connect();
        test.Transport.Write("12345"u8);
        Assert.That(test.Transport.WriteBufferSize, Is.EqualTo(5));

        test.Receive(Toy.Hello);
        test.Transport.PauseReading();
        test.Connection.PauseWriting();
        test.Transport.Write("12345"u8);
        test.Receive(Toy.Data("123"));

        Assert.That((test.Transport.WriteBufferSize, test.Transport.ReadBufferSize), Is.EqualTo((8, 6)));
    }

    [Test]
    public void A_read_of_the_transport_is_offered_at_most_256_KiB()
    {
        var test = TestConnection.Wrapped();
        test.Receive(Toy.Data("part")[..3]);

        Assert.That(test.Connection.GetBuffer(int.MaxValue).Length, Is.EqualTo(256 * 1024));
        Assert.That(test.Connection.GetBuffer(0).Length, Is.EqualTo(256 * 1024));
    }
}
