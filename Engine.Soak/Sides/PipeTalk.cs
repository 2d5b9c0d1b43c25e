using System.Buffers;
using TlsFsm.Soak.Plans;

namespace TlsFsm.Soak.Sides;

/// <summary>Over a <see cref="TlsDuplexPipe"/>.</summary>
internal sealed class PipeTalk(ConnectionPlan plan, Ledger ledger, TlsDuplexPipe pipe) : Talk(plan, ledger)
{
    protected override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var result = await pipe.Input.ReadAsync(cancellationToken);
        var count = (int)Math.Min(result.Buffer.Length, buffer.Length);
        var taken = result.Buffer.Slice(0, count);
        taken.CopyTo(buffer.Span);
        pipe.Input.AdvanceTo(taken.End);
        return count;
    }

    protected override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var result = await pipe.Output.WriteAsync(data, cancellationToken);
        if (result.IsCompleted)
            throw new IOException("Nobody reads any more.");
    }

    protected override async Task EndAsync() => await pipe.Output.CompleteAsync();

    protected override ValueTask CloseAsync() => pipe.DisposeAsync();
}
