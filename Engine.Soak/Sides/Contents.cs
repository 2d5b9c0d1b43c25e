using System.Buffers.Binary;
using TlsFsm.Soak.Plans;

namespace TlsFsm.Soak.Sides;

/// <summary>
/// What a direction carries: each byte follows from the connection, the direction and its place. So a byte that is altered, lost, doubled,
/// out of order or another connection's is seen where it arrives, which no checksum at the end could say.
/// </summary>
internal static class Contents
{
    /// <summary>Writes what stands at a place.</summary>
    /// <param name="into">How much.</param>
    /// <param name="name"><see cref="ConnectionPlan.Contents"/>.</param>
    /// <param name="position">Where, in bytes from the beginning of the direction.</param>
    public static void Fill(Span<byte> into, ulong name, long position)
    {
        Span<byte> word = stackalloc byte[8];
        while (!into.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, ConnectionPlan.Mix(name + (ulong)(position >> 3)));
            var rest = word[(int)(position & 7)..];
            var count = Math.Min(rest.Length, into.Length);
            rest[..count].CopyTo(into);
            into = into[count..];
            position += count;
        }
    }

    /// <summary>Where bytes differ from what stands at their place.</summary>
    /// <returns>The first wrong place, from the beginning of the direction; null when there is none.</returns>
    public static long? FirstWrong(ReadOnlySpan<byte> received, ulong name, long position)
    {
        Span<byte> right = stackalloc byte[512];
        for (var done = 0; done < received.Length;)
        {
            var piece = received[done..Math.Min(received.Length, done + right.Length)];
            Fill(right[..piece.Length], name, position + done);
            var same = piece.CommonPrefixLength(right[..piece.Length]);
            if (same < piece.Length)
                return position + done + same;
            done += piece.Length;
        }

        return null;
    }
}
