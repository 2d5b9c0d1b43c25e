using System.Buffers.Binary;
using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.Records;

namespace TlsFsm.Tests.Core.Records;

/// <summary>
/// The traces of RFC 8448, byte for byte: secrets, Finished, binders and signatures by our crypto, records by our cipher and by
/// BouncyCastle's. Sections: 3 full, 4 resumed with early data (which the engine does not send, but whose records are records), 5 with a
/// HelloRetryRequest, 6 with a client certificate, 7 with middlebox compatibility.
/// </summary>
public sealed class Rfc8448Tests
{
    private static readonly string[] Sections = ["3", "4", "5", "6", "7"];
    private static readonly byte[] FiftyBytes = [.. Enumerable.Range(0, 50).Select(one => (byte)one)];
    private static readonly byte[] CloseNotify = [1, 0];
    private static readonly byte[] EndOfEarlyData = [5, 0, 0, 0];

    [TestCaseSource(nameof(Sections))]
    public void Both_sides_agree_on_the_key(string section)
    {
        var trace = new Rfc8448Trace(section);
        var (clientPublic, serverPublic) = (Rfc8448Keys.PublicKeyOf(trace["client_hello"]), Rfc8448Keys.PublicKeyOf(trace["server_hello"]));

        Assert.That(Rfc8448Keys.Agree(trace["client_key"], serverPublic), Is.EqualTo(Rfc8448Keys.Agree(trace["server_key"], clientPublic)));
    }

    [Test]
    public void The_secrets_are_those_of_the_trace()
    {
        var trace = new Rfc8448Trace("3");
        using var keys = new Rfc8448Keys(trace);

        Assert.That(keys.EarlySecret, Is.EqualTo(trace["early_secret"]));
        Assert.That(keys.HandshakeSecret, Is.EqualTo(trace["handshake_secret"]));
        Assert.That(keys.MasterSecret, Is.EqualTo(trace["master_secret"]));
        Assert.That(keys.ClientHandshake, Is.EqualTo(trace["client_handshake_traffic"]));
        Assert.That(keys.ServerHandshake, Is.EqualTo(trace["server_handshake_traffic"]));
        keys.Append(OpenServerFlight(keys));
        Assert.That(keys.OfMaster("c ap traffic"), Is.EqualTo(trace["client_application_traffic"]));
        Assert.That(keys.OfMaster("s ap traffic"), Is.EqualTo(trace["server_application_traffic"]));
    }

    [TestCaseSource(nameof(Sections))]
    public void The_flights_of_the_handshake_are_opened_checked_and_sealed_again(string section)
    {
        using var keys = new Rfc8448Keys(new Rfc8448Trace(section));

        var server = OpenServerFlight(keys);
        keys.Append(server.AsSpan()[..^36]);
        Assert.That(
            server[^36..], Is.EqualTo(new byte[] { 20, 0, 0, 32 }.Concat(keys.Finished(keys.ServerHandshake))), "the server's Finished");
        keys.Append(server.AsSpan()[^36..]);
        Assert.That(
            Reseal(keys, keys.ServerHandshake, isServer: true, ContentType.handshake, server), Is.EqualTo(keys.Trace["server_flight"]));

        if (keys.ClientEarly is not null)
            keys.Append(EndOfEarlyData);
        var client = Open(keys, keys.ClientHandshake, keys.Trace["client_flight"], ofServer: false, ContentType.handshake);
        keys.Append(client.AsSpan()[..^36]);
        Assert.That(
            client[^36..], Is.EqualTo(new byte[] { 20, 0, 0, 32 }.Concat(keys.Finished(keys.ClientHandshake))), "the client's Finished");
        Assert.That(
            Reseal(keys, keys.ClientHandshake, isServer: false, ContentType.handshake, client), Is.EqualTo(keys.Trace["client_flight"]));
    }

    [TestCase("3")]
    [TestCase("5")]
    [TestCase("6")]
    [TestCase("7")]
    public void The_servers_signature_is_good_and_no_other_is(string section)
    {
        using var keys = new Rfc8448Keys(new Rfc8448Trace(section));
        keys.Facts.Policy = SecurityPolicy.Of(new TlsPolicy { MinRsaBits = 1024 }, SslProtocols.Tls13);
        var messages = OpenServerFlight(keys);
        var (certificateAt, verifyAt) = (Find(messages, 11), Find(messages, 15));
        keys.Append(messages.AsSpan()[..verifyAt]);

        // Behind the header: context, length of the list, length of the certificate.
        var size = (messages[certificateAt + 9] << 8) + messages[certificateAt + 10];
        var certificate = keys.Crypto.CreateCertificate(CertificateType.X509, messages[(certificateAt + 11)..(certificateAt + 11 + size)]);
        var scheme = BinaryPrimitives.ReadUInt16BigEndian(messages.AsSpan(verifyAt + 4));
        var signature = messages[(verifyAt + 8)..(verifyAt + 8 + BinaryPrimitives.ReadUInt16BigEndian(messages.AsSpan(verifyAt + 6)))];
        byte[] signed = [.. Enumerable.Repeat((byte)0x20, 64), .. "TLS 1.3, server CertificateVerify\0"u8, .. keys.TranscriptHash];

        Assert.That(Verify(signed, signature), Is.True);
        signed[^1] ^= 1;
        Assert.That(Verify(signed, signature), Is.False);
        signed[^1] ^= 1;
        signature[^1] ^= 1;
        Assert.That(Verify(signed, signature), Is.False);

        bool Verify(byte[] content, byte[] by)
        {
            var verifier = certificate.CreateVerifier(scheme);
            verifier.Stream.Write(content);
            return verifier.VerifySignature(by);
        }
    }

    [TestCaseSource(nameof(Sections))]
    public void Application_records_are_opened_and_sealed_again_on_the_short_way(string section)
    {
        using var keys = new Rfc8448Keys(new Rfc8448Trace(section));
        keys.Append(OpenServerFlight(keys));
        var (clientSecret, serverSecret) = (keys.OfMaster("c ap traffic"), keys.OfMaster("s ap traffic"));
        using var client = CipherParameters.Ours(
            CipherParameters.Tls13(keys.Crypto, clientSecret, serverSecret, isServer: false), EncryptionAlgorithm.AES_128_GCM);
        using var server = CipherParameters.Ours(
            CipherParameters.Tls13(keys.Crypto, clientSecret, serverSecret, isServer: true), EncryptionAlgorithm.AES_128_GCM);
        var (clientCount, serverCount) = (0L, 0L);

        if (keys.Trace.Find("ticket_record") is { } ticket)
        {
            var message = Decode(client, clientCount++, ticket, ContentType.handshake);
            Assert.That(server.Encode(serverCount++, ContentType.handshake, message), Is.EqualTo(ticket));
        }

        if (keys.Trace.Find("client_data") is { } fromClient)
        {
            Exchange(client, server, fromClient);
            Exchange(server, client, keys.Trace["server_data"]);
        }

        // BouncyCastle's own counts have not seen the data: the cipher adds what went past them.
        Assert.That(client.Encode(0, ContentType.alert, CloseNotify), Is.EqualTo(keys.Trace["client_alert"]));
        Assert.That(server.Encode(serverCount, ContentType.alert, CloseNotify), Is.EqualTo(keys.Trace["server_alert"]));
        Assert.That(Decode(server, 0, keys.Trace["client_alert"], ContentType.alert), Is.EqualTo(CloseNotify));
        Assert.That(Decode(client, clientCount, keys.Trace["server_alert"], ContentType.alert), Is.EqualTo(CloseNotify));
    }

    [Test]
    public void A_ticket_gives_the_key_that_resumes()
    {
        using var keys = new Rfc8448Keys(new Rfc8448Trace("3"));
        keys.Append(OpenServerFlight(keys));
        var (clientSecret, serverSecret) = (keys.OfMaster("c ap traffic"), keys.OfMaster("s ap traffic"));
        keys.Append(Open(keys, keys.ClientHandshake, keys.Trace["client_flight"], ofServer: false, ContentType.handshake));
        using var client = CipherParameters.Ours(
            CipherParameters.Tls13(keys.Crypto, clientSecret, serverSecret, isServer: false), EncryptionAlgorithm.AES_128_GCM);
        var ticket = Decode(client, 0, keys.Trace["ticket_record"], ContentType.handshake);

        // Behind header, lifetime and age: the nonce.
        var nonce = ticket[13..(13 + ticket[12])];

        Assert.That(
            ResumptionSecrets.TicketSecret(keys.Crypto, keys.OfMaster("res master"), CryptoHashAlgorithm.sha256, nonce),
            Is.EqualTo(keys.Trace["ticket_key"]));

        // The next ClientHello shows it: behind it are its age, two lengths and the binder.
        Assert.That(ticket.AsSpan().IndexOf(new Rfc8448Trace("4")["client_hello"].AsSpan()[^217..^39]), Is.Positive);
    }

    [Test]
    public void The_binder_of_a_ticket_and_the_early_records_are_those_of_the_trace()
    {
        using var keys = new Rfc8448Keys(new Rfc8448Trace("4"));
        var hello = keys.Trace["client_hello"];

        Assert.That(keys.EarlySecret, Is.EqualTo(keys.Trace["early_secret"]));

        // The hello without its binders: their list's length, the binder's length, the binder.
        Assert.That(keys.Binder(hello[..^35]), Is.EqualTo(hello[^32..]));

        using var early = CipherParameters.Ours(
            CipherParameters.Tls13(keys.Crypto, keys.ClientEarly!, keys.ServerHandshake, isServer: true), EncryptionAlgorithm.AES_128_GCM);
        Assert.That(early.TryOpen(keys.Trace["early_data"], TlsRecordSize.Max, out var start, out var count), Is.True);
        Assert.That(count, Is.EqualTo(6));
        Assert.That(Decode(early, 0, keys.Trace["end_of_early_data"], ContentType.handshake), Is.EqualTo(EndOfEarlyData));
        Assert.That(start, Is.EqualTo(RecordHeader.Size));
    }

    private static byte[] OpenServerFlight(Rfc8448Keys keys) =>
        Open(keys, keys.ServerHandshake, keys.Trace["server_flight"], ofServer: true, ContentType.handshake);

    private static byte[] Open(Rfc8448Keys keys, byte[] secret, byte[] record, bool ofServer, short type)
    {
        using var cipher = CipherParameters.Ours(
            CipherParameters.Tls13(keys.Crypto, secret, secret, isServer: !ofServer), EncryptionAlgorithm.AES_128_GCM);
        return Decode(cipher, 0, record, type);
    }

    /// <summary>By our cipher and by BouncyCastle's; they must not differ.</summary>
    private static byte[] Reseal(Rfc8448Keys keys, byte[] secret, bool isServer, short type, byte[] content)
    {
        using var ours = CipherParameters.Ours(
            CipherParameters.Tls13(keys.Crypto, secret, secret, isServer), EncryptionAlgorithm.AES_128_GCM);
        var stock = CipherParameters.Stock(CipherParameters.Tls13(keys.Crypto, secret, secret, isServer), EncryptionAlgorithm.AES_128_GCM);
        var record = ours.Encode(0, type, content);
        Assert.That(stock.Encode(0, type, content), Is.EqualTo(record));
        return record;
    }

    private static void Exchange(AeadRecordCipher sender, AeadRecordCipher receiver, byte[] record)
    {
        var own = new byte[sender.SealedSize(FiftyBytes.Length)];
        sender.Seal(own, FiftyBytes);
        Assert.That(own, Is.EqualTo(record));

        Assert.That(receiver.TryOpen(own, TlsRecordSize.Max, out var start, out var count), Is.True);
        Assert.That(own.AsSpan(start, count).ToArray(), Is.EqualTo(FiftyBytes));
    }

    private static byte[] Decode(TlsCipher cipher, long sequence, byte[] record, short type)
    {
        var (found, content) = cipher.Decode(sequence, record);
        Assert.That(found, Is.EqualTo(type));
        return content;
    }

    /// <summary>Where a message of a type begins in a flight.</summary>
    private static int Find(byte[] messages, byte type)
    {
        var at = 0;
        while (messages[at] != type)
            at += 4 + (messages[at + 1] << 16) + (messages[at + 2] << 8) + messages[at + 3];
        return at;
    }
}
