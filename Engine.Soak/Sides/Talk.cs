using System.Buffers;
using TlsFsm.Soak.Plans;

namespace TlsFsm.Soak.Sides;

/// <summary>One end of a connection at work, by its plan: over whatever can read, write, end its direction, and close.</summary>
internal abstract class Talk(ConnectionPlan plan, Ledger ledger)
{
    private readonly Random _chance = plan.OnTheWay(ledger.IsServer);
    private readonly bool _isSlow = plan.Fault == WireFault.SlowReader && plan.TowardsServer == ledger.IsServer;

    /// <summary>Does all that the plan says, then closes. What goes wrong is in the ledger.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answersTheEnd = ledger.IsServer && plan.Life == Life.HalfClosedRequest;
            if (answersTheEnd)
                await ReadAsync(cancellationToken);

            // Each is awaited whatever the other does: both fail with the connection.
            var writing = WriteAsync(cancellationToken);
            await Task.WhenAll(answersTheEnd ? Task.CompletedTask : ReadAsync(cancellationToken), writing);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException
            or OperationCanceledException)
        {
            ledger.Fail(exception);
        }

        // Whoever has not sent what it wanted must not say that this was all.
        if (!ledger.HasSentAll || ledger.Accepted < ledger.Offered)
        {
            ledger.GiveUp();
        }
        else
        {
            ledger.HasClosed = true;
        }

        await CloseAsync();
    }

    protected abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    protected abstract ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Ends our direction alone.</summary>
    protected abstract Task EndAsync();

    /// <summary>Ends the connection and waits for it. Tells no failure.</summary>
    protected abstract ValueTask CloseAsync();

    private bool ReadsToTheEnd => plan.Life switch
    {
        Life.ServerCloses => !ledger.IsServer,
        Life.ClientCloses => ledger.IsServer,
        _ => true,
    };

    private bool EndsAlone => plan.Life == Life.BothHalfClose || (plan.Life == Life.HalfClosedRequest && !ledger.IsServer);

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (ReadsToTheEnd || !ledger.HasReceivedAll)
            {
                var room = _isSlow ? SlowSize : BufferSize;
                var count = await ReadAsync(buffer.AsMemory(0, room), cancellationToken);
                if (count == 0)
                {
                    ledger.HasReadEnd = true;
                    return;
                }

                ledger.Take(buffer.AsSpan(0, count));
                if (_isSlow)
                    await Task.Delay(_chance.Next(60), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (!ledger.HasSentAll)
            {
                var count = ledger.Next(buffer.AsSpan(0, ConnectionPlan.Grain * (1 + _chance.Next(BufferSize / ConnectionPlan.Grain))));
                await WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                ledger.Wrote(count);
            }

            if (EndsAlone)
            {
                ledger.HasClosed = true;
                await EndAsync();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private const int BufferSize = 32 * 1024;
    private const int SlowSize = 2 * 1024;
}
