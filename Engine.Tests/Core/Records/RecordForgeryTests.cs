using System.Buffers.Binary;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.Records;

namespace TlsFsm.Tests.Core.Records;

/// <summary>
/// What was not sealed as it lies there, is not opened: changed, cut, moved, replayed, reflected. On both ways, for short records and long
/// ones.
/// </summary>
public sealed class RecordForgeryTests
{
    private static readonly RecordKind[] Kinds = RecordKind.All;

    // Sealed by BouncyCastle's AES on the processor's instructions, and by the platform.
    private static readonly int[] Sizes = [0, 1, 40, 1_500];

    [Test]
    public void Each_of_the_128_bits_of_the_tag_counts([ValueSource(nameof(Kinds))] RecordKind kind, [ValueSource(nameof(Sizes))] int size)
    {
        var record = Sealed(kind, size);
        using var receiver = new Receiver(kind);
        for (var bit = 0; bit < 128; bit++)
            receiver.Refuses(Flipped(record, record.Length - 16 + (bit / 8), bit % 8));
    }

    [Test]
    public void Each_bit_of_a_short_record_counts([ValueSource(nameof(Kinds))] RecordKind kind)
    {
        var record = Sealed(kind, 40);
        using var receiver = new Receiver(kind);
        for (var at = RecordHeader.Size; at < record.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
                receiver.Refuses(Flipped(record, at, bit));
        }
    }

    [Test]
    public void A_record_that_is_cut_or_lengthened_is_refused_at_every_length(
        [ValueSource(nameof(Kinds))] RecordKind kind, [ValueSource(nameof(Sizes))] int size)
    {
        var record = Sealed(kind, size);
        using var receiver = new Receiver(kind);
        var step = size > 1000 ? 37 : 1;
        for (var length = RecordHeader.Size; length < record.Length; length += step)
            receiver.Refuses(WithLength(record[..length]));
        receiver.Refuses(WithLength([.. record, 0]));
        receiver.Refuses(WithLength([.. record, .. new byte[16]]));
    }

    [Test]
    public void A_record_out_of_its_place_is_refused([ValueSource(nameof(Kinds))] RecordKind kind, [ValueSource(nameof(Sizes))] int size)
    {
        using var client = kind.Ours(isServer: false);
        var (first, second) = (Seal(client, size), Seal(client, size));
        using var server = kind.Ours(isServer: true);
        using var receiver = new Receiver(kind);

        Assert.That(server.TryOpen((byte[])first.Clone(), TlsRecordSize.Max, out _, out _), Is.True);
        Assert.That(server.TryOpen((byte[])first.Clone(), TlsRecordSize.Max, out _, out _), Is.False, "played again");
        receiver.Refuses(second);

        // The sequence number is in the nonce, as a whole: one that differs in its highest byte alone is another one.
        foreach (var wrong in new[] { 1L, 255L, 256L, 1L << 32, 1L << 56 })
        {
            using var other = kind.Ours(isServer: true);
            Assert.That(AlertOf(() => other.Decode(wrong, first)), Is.EqualTo(AlertDescription.bad_record_mac));
        }
    }

    [Test]
    public void Ones_own_record_is_not_taken_from_the_peer(
        [ValueSource(nameof(Kinds))] RecordKind kind, [ValueSource(nameof(Sizes))] int size)
    {
        using var server = kind.Ours(isServer: true);
        using var second = kind.Ours(isServer: true);

        Assert.That(second.TryOpen(Seal(server, size), TlsRecordSize.Max, out _, out _), Is.False);
    }

    [Test]
    public void The_type_in_the_header_counts([ValueSource(nameof(Kinds))] RecordKind kind, [ValueSource(nameof(Sizes))] int size)
    {
        foreach (var type in new[] { ContentType.change_cipher_spec, ContentType.alert, ContentType.handshake, (short)24 })
        {
            var record = Sealed(kind, size);
            record[0] = (byte)type;
            using var server = kind.Ours(isServer: true);
            Assert.That(AlertOf(() => server.Decode(0, record)), Is.EqualTo(AlertDescription.bad_record_mac), $"type {type}");
        }
    }

    [Test]
    public void Nothing_that_was_decrypted_is_left_of_a_record_that_is_refused(
        [ValueSource(nameof(Kinds))] RecordKind kind, [Values(40, 1_500)] int size)
    {
        var text = RecordBytes.Text(size);
        var record = Flipped(Sealed(kind, size), RecordHeader.Size + kind.ExplicitNonceSize + size + (kind.IsTls13 ? 1 : 0), 0);
        using var server = kind.Ours(isServer: true);

        Assert.That(server.TryOpen(record, TlsRecordSize.Max, out _, out _), Is.False);

        Assert.That(record.AsSpan().IndexOf(text.AsSpan(0, 16)), Is.Negative);
    }

    [Test]
    public void A_record_of_nothing_but_padding_has_no_type_and_is_an_error([Range(0, 2)] int kind, [Values(1, 2, 100, 1_500)] int size)
    {
        // RFC 8446 section 5.4. Sealed as of type zero, which is a zero more.
        var tls13 = RecordKind.All[kind];
        using var client = tls13.Ours(isServer: false);
        using var server = tls13.Ours(isServer: true);
        var record = client.Encode(0, 0, new byte[size - 1]);

        Assert.That(server.TryOpen(record, TlsRecordSize.Max, out _, out _), Is.False);
        Assert.That(AlertOf(() => server.Decode(0, record)), Is.EqualTo(AlertDescription.unexpected_message));
    }

    [Test]
    public void More_plaintext_than_was_agreed_on_is_not_taken_on_the_short_way([ValueSource(nameof(Kinds))] RecordKind kind)
    {
        using var client = kind.Ours(isServer: false);
        using var server = kind.Ours(isServer: true);

        Assert.That(server.TryOpen(Seal(client, 512), 512, out _, out var count), Is.True);
        Assert.That(count, Is.EqualTo(512));
        Assert.That(server.TryOpen(Seal(client, 513), 512, out _, out _), Is.False);
    }

    [Test]
    public void The_last_sequence_number_ends_the_direction_before_a_nonce_comes_twice([ValueSource(nameof(Kinds))] RecordKind kind)
    {
        using var client = kind.Ours(isServer: false);
        using var server = kind.Ours(isServer: true);
        var text = RecordBytes.Text(10);
        var last = client.Encode(long.MaxValue - 1, ContentType.application_data, text);

        Assert.That(server.Decode(long.MaxValue - 1, last).Content, Is.EqualTo(text));
        Assert.That(() => Seal(client, 10), Throws.InstanceOf<OverflowException>(), "no record more on the short way");
        Assert.That(() => client.Encode(long.MaxValue, ContentType.alert, text), Throws.InstanceOf<OverflowException>());
        Assert.That(() => server.Decode(long.MaxValue, last), Throws.InstanceOf<OverflowException>());
    }

    [Test]
    public void A_new_key_begins_at_zero_and_opens_nothing_of_the_old_one([Range(0, 2)] int kind)
    {
        var tls13 = RecordKind.All[kind];
        using var client = tls13.Ours(isServer: false);
        using var server = tls13.Ours(isServer: true);
        var old = Seal(client, 40);
        Assert.That(server.TryOpen((byte[])old.Clone(), TlsRecordSize.Max, out _, out _), Is.True);

        // The same secret once more, so that only the count has changed.
        client.RekeyEncoder();
        server.RekeyDecoder();

        var record = Seal(client, 40);
        Assert.That(record, Is.EqualTo(old));
        Assert.That(server.TryOpen(record, TlsRecordSize.Max, out _, out _), Is.True);
    }

    private static byte[] Sealed(RecordKind kind, int size)
    {
        using var client = kind.Ours(isServer: false);
        return Seal(client, size);
    }

    private static byte[] Seal(AeadRecordCipher cipher, int size)
    {
        var record = new byte[cipher.SealedSize(size)];
        cipher.Seal(record, RecordBytes.Text(size));
        return record;
    }

    /// <summary>The alert that a refusal carries, whether it is BouncyCastle's exception or ours.</summary>
    private static short AlertOf(Action decode) => Assert.Catch<Exception>(decode) switch
    {
        TlsFatalAlert fatal => fatal.AlertDescription,
        TlsException { Alert: { } alert } => (short)alert,
        var other => throw new AssertionException($"The record was refused by {other}."),
    };

    private static byte[] Flipped(byte[] record, int at, int bit)
    {
        var copy = (byte[])record.Clone();
        copy[at] ^= (byte)(1 << bit);
        return copy;
    }

    private static byte[] WithLength(byte[] record)
    {
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(3), (ushort)(record.Length - RecordHeader.Size));
        return record;
    }

    /// <summary>
    /// Takes everything as the first record of the client: by the short way, and by BouncyCastle's, which says what is wrong.
    /// </summary>
    private sealed class Receiver(RecordKind kind) : IDisposable
    {
        private readonly AeadRecordCipher _short = kind.Ours(isServer: true);
        private readonly AeadRecordCipher _long = kind.Ours(isServer: true);

        public void Refuses(byte[] record)
        {
            var alert = AlertOf(() => _long.Decode(0, record));

            Assert.That(_short.TryOpen((byte[])record.Clone(), TlsRecordSize.Max, out _, out _), Is.False);
            Assert.That(alert, Is.EqualTo(AlertDescription.bad_record_mac));
        }

        public void Dispose()
        {
            _short.Dispose();
            _long.Dispose();
        }
    }
}
