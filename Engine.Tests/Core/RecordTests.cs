using System.Security.Authentication;
using System.Text;

namespace TlsFsm.Tests.Core;

public sealed class RecordTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [TestCase("GET / HTTP/1.1\r\n\r\n", TlsAlert.UnexpectedMessage, "The peer speaks plain HTTP, not TLS.")]
    [TestCase("POST ", TlsAlert.UnexpectedMessage, "The peer speaks plain HTTP, not TLS.")]
    [TestCase("HTTP/1.1 400 Bad Request\r\n", TlsAlert.UnexpectedMessage, "The peer answers in plain HTTP, not TLS.")]
    [TestCase("SSH-2.0-OpenSSH_9.2\r\n", TlsAlert.UnexpectedMessage, "The peer speaks SSH, not TLS.")]
    [TestCase("220 mail.example ESMTP\r\n", TlsAlert.UnexpectedMessage, "this port may want STARTTLS first")]
    [TestCase("220-mail.example ESMTP\r\n", TlsAlert.UnexpectedMessage, "this port may want STARTTLS first")]
    [TestCase("* OK IMAP4rev1\r\n", TlsAlert.UnexpectedMessage, "this port may want STARTTLS first")]
    [TestCase("+OK POP3\r\n", TlsAlert.UnexpectedMessage, "this port may want STARTTLS first")]
    [TestCase("\u0017\u0003\u0003\0\u0001x", TlsAlert.UnexpectedMessage, "content type 23")]
    [TestCase("\u0016\u0002\u0000\0\u0001x", TlsAlert.ProtocolVersion, "a record of version 2.0")]
    [TestCase("\u0016\u0003\u0001\u0040\u0001x", TlsAlert.RecordOverflow, "16385 bytes, more than the 16384")]
    public void What_no_TLS_peer_sends_is_refused_by_its_first_bytes_with_exactly_one_alert(string bytes, TlsAlert alert, string words)
    {
        using var pair = new CorePair();
        pair.ServerIn.Write(Encoding.Latin1.GetBytes(bytes));
        pair.Client.StepHandshake();
        pair.ClientOut.Clear();
        pair.ClientIn.Write(Encoding.Latin1.GetBytes(bytes));

        var server = Assert.Throws<TlsException>(() => pair.Server.StepHandshake());
        var client = Assert.Throws<TlsException>(() => pair.Client.StepHandshake());

        foreach (var fault in new[] { server, client })
        {
            Assert.That(fault!.Message, Does.Contain(words));
            Assert.That(fault.Alert, Is.EqualTo(alert));
            Assert.That(fault.Fault, Is.EqualTo(TlsFault.PeerMisbehaved));
        }

        Assert.That(pair.ServerOut.Readable.ToArray(), Is.EqualTo(new byte[] { 21, 3, 3, 0, 2, 2, (byte)alert }));
        Assert.That(
            pair.ClientOut.Readable[..1].ToArray().Concat(pair.ClientOut.Readable[3..].ToArray()),
            Is.EqualTo(new byte[] { 21, 0, 2, 2, (byte)alert }));
    }

    [Test]
    public void Four_bytes_are_not_enough_to_judge()
    {
        using var pair = new CorePair();
        pair.ServerIn.Write("GET "u8);

        Assert.That(pair.Server.StepHandshake(), Is.EqualTo(CoreStatus.WantRead));
        Assert.That(pair.ServerOut.Pending, Is.Zero);
    }

    [Test]
    public void A_failed_core_stays_failed_and_says_nothing_twice([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);
        pair.ServerIn.Write("garbage "u8);
        var first = Assert.Throws<TlsException>(() => pair.Server.Read(new byte[10], out _));
        var said = pair.ServerOut.Pending;

        Assert.That(Assert.Throws<TlsException>(() => pair.Server.Read(new byte[10], out _)), Is.SameAs(first));
        Assert.That(Assert.Throws<TlsException>(() => pair.Server.Write("x"u8)), Is.SameAs(first));
        Assert.That(Assert.Throws<TlsException>(() => pair.Server.StepShutdown()), Is.SameAs(first));
        Assert.That(Assert.Throws<TlsException>(() => pair.Server.StepHandshake()), Is.SameAs(first));

        Assert.That(pair.ServerOut.Pending, Is.EqualTo(said).And.Positive);
        Assert.That(pair.Server.IsEstablished, Is.False);
        pair.ToClient();
        Assert.That(Assert.Throws<TlsException>(() => CorePair.ReadAll(pair.Client))?.Alert, Is.EqualTo(TlsAlert.UnexpectedMessage));
    }

    [Test]
    public void A_connection_lives_on_single_bytes([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = new CorePair(CorePair.Options(version), CorePair.ServerOptions(version));
        var received = new List<byte>();

        pair.Client.StepHandshake();
        while (pair.ClientOut.Pending + pair.ServerOut.Pending > 0)
        {
            Drip(pair.ClientOut, one => { pair.ServerIn.Write(one); pair.Server.StepHandshake(); });
            Drip(pair.ServerOut, one => { pair.ClientIn.Write(one); pair.Client.StepHandshake(); });
        }

        pair.Client.Write("one byte at a time"u8);
        Drip(pair.ClientOut, one => { pair.ServerIn.Write(one); received.AddRange(CorePair.ReadAll(pair.Server)); });

        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True);
        Assert.That(Encoding.ASCII.GetString([.. received]), Is.EqualTo("one byte at a time"));
    }

    [Test]
    public void Good_data_before_a_bad_record_is_read_first_and_then_the_failure([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);
        pair.Client.Write("good"u8);
        pair.ToServer();
        pair.Client.Write("evil"u8);
        pair.ClientOut.Segment.AsSpan()[^1] ^= 1;
        pair.ToServer();
        var buffer = new byte[100];

        Assert.That(pair.Server.Read(buffer, out var count), Is.EqualTo(CoreStatus.Done));
        Assert.That(Encoding.ASCII.GetString(buffer, 0, count), Is.EqualTo("good"));
        var fault = Assert.Throws<TlsException>(() => pair.Server.Read(buffer, out _));
        pair.ToClient();
        var seen = Assert.Throws<TlsException>(() => pair.Client.Read(buffer, out _));

        Assert.That(fault!.Alert, Is.EqualTo(TlsAlert.BadRecordMac));
        Assert.That(fault.Message, Does.Contain("a record does not authenticate").And.Contain("bad_record_mac (20)"));
        Assert.That(fault.Fault, Is.EqualTo(TlsFault.PeerMisbehaved));
        Assert.That(seen!.Fault, Is.EqualTo(TlsFault.PeerAlert));
        Assert.That(seen.Message, Is.EqualTo("The peer sent the fatal alert bad_record_mac (20)."));
        Assert.That(pair.ClientIn.Pending, Is.Zero, "one alert and nothing more");
    }

    [Test]
    public void Plaintext_at_hand_stays_readable_after_a_failure([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);
        pair.Client.Write("abcdef"u8);
        pair.ToServer();
        pair.Server.Read(new byte[2], out _);
        pair.ServerIn.Write("garbage "u8);

        var rest = new byte[10];
        var status = pair.Server.Read(rest, out var count);

        Assert.That(status, Is.EqualTo(CoreStatus.Done));
        Assert.That(Encoding.ASCII.GetString(rest, 0, count), Is.EqualTo("cdef"));
        Assert.That(() => pair.Server.Read(rest, out _), Throws.InstanceOf<TlsException>());
    }

    [Test]
    public void An_empty_destination_only_looks_whether_plaintext_is_there([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);
        Assert.That(pair.Server.Read([], out _), Is.EqualTo(CoreStatus.WantRead));
        pair.Client.Write("abc"u8);
        pair.ToServer();

        var status = pair.Server.Read([], out var count);

        Assert.That(status, Is.EqualTo(CoreStatus.Done));
        Assert.That(count, Is.Zero);
        Assert.That(pair.Server.PendingPlaintext, Is.EqualTo(3));
    }

    [Test]
    public void A_truncated_handshake_message_is_a_decode_error()
    {
        using var pair = new CorePair();

        // A ClientHello of four bytes: its random is missing.
        pair.ServerIn.Write([22, 3, 1, 0, 8, 1, 0, 0, 4, 3, 3, 1, 2]);
        var fault = Assert.Throws<TlsException>(() => pair.Server.StepHandshake());

        Assert.That(fault!.Alert, Is.EqualTo(TlsAlert.DecodeError));
        Assert.That(fault.Fault, Is.EqualTo(TlsFault.PeerMisbehaved));
        Assert.That(pair.ServerOut.Readable.ToArray(), Is.EqualTo(new byte[] { 21, 3, 3, 0, 2, 2, 50 }));
    }

    [Test]
    public void An_oversized_record_after_the_handshake_is_refused_by_its_header([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);

        // 2^14 + 256 bytes on TLS 1.3 and + 2048 on 1.2, and one more.
        pair.ServerIn.Write([23, 3, 3, version == SslProtocols.Tls13 ? (byte)0x41 : (byte)0x48, 0x01]);

        var fault = Assert.Throws<TlsException>(() => pair.Server.Read(new byte[1], out _));

        Assert.That(fault!.Alert, Is.EqualTo(TlsAlert.RecordOverflow));
    }

    private static void Drip(MemoryBio from, Action<byte[]> take)
    {
        while (from.Pending > 0)
        {
            var one = from.Readable[..1].ToArray();
            from.Consume(1);
            take(one);
        }
    }
}
