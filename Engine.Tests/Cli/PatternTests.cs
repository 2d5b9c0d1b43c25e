using TlsFsm.Cli.Demo;

namespace TlsFsm.Tests.Cli;

public sealed class PatternTests
{
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(8)]
    [TestCase(4097)]
    public void The_bytes_are_the_same_however_they_are_cut(int chunk)
    {
        var pattern = new Pattern(seed: 7);
        var whole = new byte[10_000];
        pattern.Fill(whole, 0);

        for (var position = 0; position < whole.Length; position += chunk)
        {
            var piece = new byte[Math.Min(chunk, whole.Length - position)];
            pattern.Fill(piece, position);

            Assert.That(piece.AsSpan().SequenceEqual(whole.AsSpan(position, piece.Length)), Is.True, $"at {position}");
            Assert.That(pattern.FindDifference(piece, position), Is.Null);
        }
    }

    [Test]
    public void A_byte_that_is_altered_shows_with_its_position([Values(0, 1, 4095, 4096, 9_999)] int altered)
    {
        var pattern = new Pattern(seed: 7);
        var bytes = new byte[10_000];
        pattern.Fill(bytes, 1_000_003);

        bytes[altered] ^= 1;

        Assert.That(pattern.FindDifference(bytes, 1_000_003), Is.EqualTo(1_000_003 + altered));
    }

    [Test]
    public void A_piece_that_is_missing_doubled_or_moved_shows([Values(8, 4096, 16384, 65536)] int piece)
    {
        var pattern = new Pattern(seed: 7);
        var bytes = new byte[100_000];
        pattern.Fill(bytes, 0);

        Assert.That(pattern.FindDifference(bytes.AsSpan(piece), 0), Is.Not.Null);
        Assert.That(pattern.FindDifference(bytes.AsSpan(0, 1000), piece), Is.Not.Null);
    }
}
