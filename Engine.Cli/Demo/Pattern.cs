using System.Buffers.Binary;

namespace TlsFsm.Cli.Demo;

/// <summary>
/// Bytes whose values depend on where they stand: one that is missing, doubled, moved or altered shows. The values are those of
/// SplitMix64 over the number of each eight bytes; nothing about them is secret.
/// </summary>
/// <param name="seed">Another seed, other bytes.</param>
internal sealed class Pattern(ulong seed)
{
    /// <summary>Writes the bytes that belong at <paramref name="position"/> and after it.</summary>
    public void Fill(Span<byte> destination, long position)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        while (!destination.IsEmpty)
        {
            var offset = (int)(position % sizeof(ulong));
            var value = WordAt(position / sizeof(ulong));
            if (offset == 0 && destination.Length >= sizeof(ulong))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(destination, value);
                destination = destination[sizeof(ulong)..];
                position += sizeof(ulong);
                continue;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(word, value);
            var count = Math.Min(sizeof(ulong) - offset, destination.Length);
            word.Slice(offset, count).CopyTo(destination);
            destination = destination[count..];
            position += count;
        }
    }

    /// <returns>The position of the first byte that is not the one that belongs there; null when all are right.</returns>
    public long? FindDifference(ReadOnlySpan<byte> received, long position)
    {
        Span<byte> expected = stackalloc byte[4096];
        while (!received.IsEmpty)
        {
            var count = Math.Min(expected.Length, received.Length);
            Fill(expected[..count], position);
            var same = received[..count].CommonPrefixLength(expected[..count]);
            if (same < count)
                return position + same;

            received = received[count..];
            position += count;
        }

        return null;
    }

    private ulong WordAt(long index)
    {
        var mixed = seed + ((ulong)index * 0x9E3779B97F4A7C15);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
