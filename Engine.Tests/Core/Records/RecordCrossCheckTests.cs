using System.Buffers.Binary;
using CsCheck;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core;
using TlsFsm.Core.BouncyCastle;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.Records;

namespace TlsFsm.Tests.Core.Records;

/// <summary>Our record cipher against BouncyCastle's own under the same keys: the same bytes for the same input, at every length.</summary>
public sealed class RecordCrossCheckTests
{
    // Up to 600 every one; around the size where the implementation changes; around the largest.
    private static readonly int[] Lengths =
        [.. Enumerable.Range(0, 601), 1023, 1024, 1025, .. Enumerable.Range(ShortGcm.MaxSize - 20, 40), 2047, 2048, 2049, 4096, 8191, 8192,
            .. Enumerable.Range(16_366, 19)];

    private static readonly RecordKind[] Kinds = RecordKind.All;

    [Test]
    public void Every_length_is_sealed_as_BouncyCastle_seals_it_and_both_open_it(
        [ValueSource(nameof(Kinds))] RecordKind kind, [Values] bool hasShortGcm, [Values] bool asksOpenSsl)
    {
        var here = PlatformCiphers.OfThisMachine;
        Assume.That(here.HasAesInstructions || !hasShortGcm, "this processor has what it takes");
        Assume.That(here.AsksOpenSsl || !asksOpenSsl, "this system has it");
        var platform = here with { HasAesInstructions = hasShortGcm, AsksOpenSsl = asksOpenSsl };
        using var client = kind.Ours(isServer: false, platform: platform);
        using var server = kind.Ours(isServer: true, platform: platform);
        var (stockClient, stockServer) = (kind.Stock(isServer: false), kind.Stock(isServer: true));
        var sequence = 0L;
        foreach (var length in Lengths)
        {
            var text = RecordBytes.Text(length);
            var expected = stockClient.Encode(sequence, ContentType.application_data, text);

            var sealedHere = new byte[client.SealedSize(length)];
            client.Seal(sealedHere, text);
            Assert.That(sealedHere.AsSpan().SequenceEqual(expected), Is.True, $"{length} bytes");

            Assert.That(
                stockServer.Decode(sequence, sealedHere).Content.AsSpan().SequenceEqual(text), Is.True,
                $"{length} bytes, opened by BouncyCastle");
            Assert.That(server.TryOpen(sealedHere, TlsRecordSize.Max, out var start, out var count), Is.True);
            Assert.That(sealedHere.AsSpan(start, count).SequenceEqual(text), Is.True, $"{length} bytes, opened here");
            sequence++;
        }
    }

    [TestCaseSource(nameof(Kinds))]
    public void Handshake_messages_and_alerts_are_sealed_as_BouncyCastle_seals_them(RecordKind kind)
    {
        using var client = kind.Ours(isServer: false);
        using var server = kind.Ours(isServer: true);
        var (stockClient, stockServer) = (kind.Stock(isServer: false), kind.Stock(isServer: true));
        var sequence = 0L;
        foreach (var (type, length) in ((short, int)[])[(ContentType.alert, 2), (ContentType.handshake, 4), (ContentType.handshake, 16_384),
            (ContentType.handshake, 1_500)])
        {
            // A handshake message says how long it is, which is looked at.
            var text = RecordBytes.Text(length);
            if (type == ContentType.handshake)
                BinaryPrimitives.WriteInt32BigEndian(text, (HandshakeType.certificate << 24) | (length - 4));
            var record = server.Encode(sequence, type, text);

            Assert.That(record, Is.EqualTo(stockServer.Encode(sequence, type, text)));
            Assert.That(client.Decode(sequence, record), Is.EqualTo((type, text)));
            Assert.That(stockClient.Decode(sequence, record), Is.EqualTo((type, text)));
            sequence++;
        }
    }

    [TestCaseSource(nameof(Kinds))]
    public void The_short_way_and_BouncyCastles_way_share_one_count_in_any_order(RecordKind kind)
    {
        // True: application data past BouncyCastle; false: an alert through it. Its count only sees its own.
        Gen.Bool.Array[1, 60].Sample(
            turns =>
            {
                using var client = kind.Ours(isServer: false);
                using var server = kind.Ours(isServer: true);
                var stock = kind.Stock(isServer: true);
                var (counted, sequence) = (0L, 0L);
                foreach (var isShort in turns)
                {
                    var text = RecordBytes.Text(2, (int)sequence);
                    byte[] record;
                    if (isShort)
                    {
                        record = new byte[client.SealedSize(text.Length)];
                        client.Seal(record, text);
                    }
                    else
                    {
                        record = client.Encode(counted, ContentType.alert, text);
                    }

                    var own = (byte[])record.Clone();
                    var isOpened = own[0] == RecordHeader.ApplicationData && server.TryOpen(own, TlsRecordSize.Max, out _, out _);
                    if (isOpened != isShort || !stock.Decode(sequence, record).Content.SequenceEqual(text))
                        return false;

                    // What was not ours to take is offered as it lies now: possibly open already.
                    if (!isOpened && !server.Decode(counted, own).Content.SequenceEqual(text))
                        return false;
                    counted += isShort ? 0 : 1;
                    sequence++;
                }

                return true;
            },
            iter: 40);
    }

    [TestCase(64)]
    [TestCase(512)]
    public void Padded_records_are_opened_by_BouncyCastle_and_are_of_few_sizes(int multiple)
    {
        var kind = RecordKind.All[0];
        using var client = kind.Ours(isServer: false, TlsRecordPadding.ToMultipleOf(multiple));
        var stock = kind.Stock(isServer: true);
        for (var length = 0; length <= 2 * multiple; length += 7)
        {
            var text = RecordBytes.Text(length);
            var record = new byte[client.SealedSize(length)];
            client.Seal(record, text);

            Assert.That(stock.Decode(length / 7, record).Content, Is.EqualTo(text));
            Assert.That((record.Length - RecordHeader.Size - 16) % multiple, Is.Zero);
        }
    }
}
