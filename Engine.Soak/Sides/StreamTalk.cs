using TlsFsm.Soak.Plans;

namespace TlsFsm.Soak.Sides;

/// <summary>Over a <see cref="TlsStream"/>.</summary>
internal sealed class StreamTalk(ConnectionPlan plan, Ledger ledger, TlsStream stream) : Talk(plan, ledger)
{
    protected override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        stream.ReadAsync(buffer, cancellationToken);

    protected override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        stream.WriteAsync(data, cancellationToken);

    protected override Task EndAsync() => stream.CloseWriteAsync();

    protected override ValueTask CloseAsync() => stream.DisposeAsync();
}
