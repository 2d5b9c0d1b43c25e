using System.Buffers;

namespace TlsFsm.Hosting.Duplex;

/// <summary>The blocks as memory for a pipe.</summary>
internal sealed class RecordMemory : MemoryPool<byte>
{
    public static RecordMemory Instance { get; } = new();

    public override int MaxBufferSize => RecordBlock.Size;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, MaxBufferSize);
        return RecordBlock.Rent(0);
    }

    protected override void Dispose(bool disposing) { }
}
