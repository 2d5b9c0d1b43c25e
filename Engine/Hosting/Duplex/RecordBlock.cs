using System.Buffers;
using System.Collections.Concurrent;

namespace TlsFsm.Hosting.Duplex;

/// <summary>
/// Memory for a record's content, of one size, from a pool of our own: the shared pool of arrays keeps few of this size, and under load the
/// rest would be garbage.
/// </summary>
internal sealed class RecordBlock : IMemoryOwner<byte>
{
    /// <summary>What fills a record whose protected size is 16 KiB, so that it fits what pools of memory below have.</summary>
    public const int WriteSize = (16 * 1024) - Protection;

    /// <summary>What the largest record is opened to: its content, its type and its tag.</summary>
    public const int Size = (16 * 1024) + 64;

    /// <summary>Header, explicit nonce of TLS 1.2, type of 1.3, tag.</summary>
    private const int Protection = 32;

    /// <summary>Kept for the next; 32 MiB of them. More are in use under load only, and garbage afterwards.</summary>
    private const int MostKept = 2048;

    private static readonly ConcurrentQueue<RecordBlock> Kept = new();
    private static int s_kept;

    private readonly byte[] _bytes;
    private readonly int _limit;

    private RecordBlock(int size, int limit) => (_bytes, _limit) = (new byte[size], limit);

    /// <summary>The whole of it, for a pipe.</summary>
    public Memory<byte> Memory => _bytes;

    /// <summary>How much has been written.</summary>
    public int Count { get; private set; }

    /// <summary>The next one in a queue.</summary>
    public RecordBlock? Next { get; set; }

    /// <summary>What can still be written.</summary>
    public Memory<byte> Free => _bytes.AsMemory(Count, _limit - Count);

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Count);

    /// <param name="size">How much it must take; more than usual makes one that is not kept.</param>
    public static RecordBlock Rent(int size)
    {
        if (size > WriteSize)
            return new RecordBlock(size, size);

        if (!Kept.TryDequeue(out var block))
            return new RecordBlock(Size, WriteSize);

        Interlocked.Decrement(ref s_kept);
        return block;
    }

    public void Advance(int count) => Count += count;

    /// <summary>Gives it back. Once: whoever has it then may be another connection.</summary>
    public void Dispose()
    {
        (Count, Next) = (0, null);
        if (_bytes.Length != Size)
            return;

        if (Interlocked.Increment(ref s_kept) <= MostKept)
            Kept.Enqueue(this);
        else
            Interlocked.Decrement(ref s_kept);
    }
}
