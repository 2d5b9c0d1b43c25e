using TlsFsm.Core.Strictness;

namespace TlsFsm.Tests.Strictness;

/// <summary>Where handshake messages begin and end in the records that bring them, whatever the records are cut into.</summary>
[TestFixture]
public sealed class MessageBoundariesTests
{
    private const int MaxSize = 1000;

    [Test]
    public void A_message_is_begun_from_its_first_byte_to_its_last_however_it_is_cut([Values(1, 2, 3, 4, 5, 7, 100)] int pieces)
    {
        var boundaries = new MessageBoundaries(MaxSize);
        byte[] bytes = [.. Message(1, 10), .. Message(20, 12), .. Message(14, 0), .. Message(2, 300)];
        int[] ends = [14, 30, 34, 338];

        for (var at = 0; at < bytes.Length; at += pieces)
        {
            var to = Math.Min(bytes.Length, at + pieces);
            boundaries.Take(bytes.AsSpan(at, to - at));
            Assert.That(boundaries.IsInside, Is.EqualTo(!ends.Contains(to)), $"after {to} bytes");
        }
    }

    [Test]
    public void What_a_record_without_bytes_brings_changes_nothing([Values] bool isInside)
    {
        var boundaries = new MessageBoundaries(MaxSize);
        boundaries.Take(Message(1, 10).AsSpan(0, isInside ? 5 : 14));

        boundaries.Take([]);

        Assert.That(boundaries.IsInside, Is.EqualTo(isInside));
    }

    [TestCase(1, MaxSize, null)]
    [TestCase(1, MaxSize + 1, nameof(RecordFaults.OversizedMessage))]
    [TestCase(1, 0xFF_FFFF, nameof(RecordFaults.OversizedMessage))]
    [TestCase(0, 0, null)]
    [TestCase(0, 1, nameof(RecordFaults.MessageLength))]
    [TestCase(5, 0, null)]
    [TestCase(5, 1, nameof(RecordFaults.MessageLength))]
    [TestCase(14, 0, null)]
    [TestCase(14, 1, nameof(RecordFaults.MessageLength))]
    [TestCase(20, 64, null)]
    [TestCase(20, 65, nameof(RecordFaults.MessageLength))]
    [TestCase(24, 1, null)]
    [TestCase(24, 2, nameof(RecordFaults.MessageLength))]
    public void A_length_is_refused_by_the_header_alone_and_not_a_byte_earlier(int type, int length, string? fault)
    {
        var expected = fault switch
        {
            nameof(RecordFaults.OversizedMessage) => RecordFaults.OversizedMessage,
            nameof(RecordFaults.MessageLength) => RecordFaults.MessageLength,
            _ => null,
        };
        foreach (var before in new[] { 0, 3 })
        {
            var boundaries = new MessageBoundaries(MaxSize);
            boundaries.Take(Message(11, 200));
            var header = Header(type, length);
            boundaries.Take(header.AsSpan(0, before));
            var refused = Refusal(() => boundaries.Take(header.AsSpan(before)));

            Assert.That(refused?.Alert, Is.EqualTo(expected?.Alert));
            Assert.That(refused?.Limit, Is.EqualTo(expected?.LimitName));
            Assert.That(refused?.Message, expected is null ? Is.Null : Does.Contain($"{length} bytes"));
        }
    }

    [Test]
    public void A_type_and_a_length_of_one_message_are_not_taken_for_those_of_the_next()
    {
        var boundaries = new MessageBoundaries(0x02_0202);

        boundaries.Take([.. Message(0xFF, 0x01_0101), .. Message(20, 12)]);

        Assert.That(boundaries.IsInside, Is.False);
    }

    private static TlsException? Refusal(Action call)
    {
        try
        {
            call();
            return null;
        }
        catch (TlsException exception)
        {
            return exception;
        }
    }

    private static byte[] Message(int type, int length) => [.. Header(type, length), .. new byte[length]];

    private static byte[] Header(int type, int length) => [(byte)type, (byte)(length >> 16), (byte)(length >> 8), (byte)length];
}
