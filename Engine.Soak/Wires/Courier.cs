using System.Buffers;
using TlsFsm.Soak.Plans;

namespace TlsFsm.Soak.Wires;

/// <summary>One direction of a <see cref="Wire"/>.</summary>
/// <param name="plan">The connection's.</param>
/// <param name="from">Who sends.</param>
/// <param name="to">Who receives.</param>
/// <param name="towardsServer">The direction.</param>
internal sealed class Courier(ConnectionPlan plan, IWireEnd from, IWireEnd to, bool towardsServer)
{
    private readonly Random _chance = plan.OnTheWay(towardsServer);
    private readonly RecordWalk _walk = new(plan.InTheClear(towardsServer));
    private readonly WireFault _fault = plan.TowardsServer == towardsServer || IsOfBoth(plan.Fault) ? plan.Fault : WireFault.None;
    private long _passed;

    // From then on what still comes is taken and thrown away.
    private volatile bool _isSwallowing;

    public bool HasStruck => StruckAt != 0;

    public long StruckAt { get; private set; }

    public long Lost { get; private set; }

    /// <summary>Passes bytes on until the sender has ended.</summary>
    /// <param name="opposite">The other direction, of which some faults make an end too.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    public async Task RunAsync(Courier opposite, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await from.ReadAsync(buffer.AsMemory(0, BufferSize), cancellationToken) is > 0 and var count)
            {
                await TakeAsync(buffer.AsMemory(0, count), opposite, cancellationToken);

                // What comes meanwhile is taken at once then: several records and a part of one.
                if (_fault == WireFault.Merge)
                    await Task.Delay(_chance.Next(15), cancellationToken);
            }

            if (_isSwallowing)
                return;

            if (_fault == WireFault.EndApart)
                await Task.Delay(100, cancellationToken);
            to.End();
        }
        catch (IOException)
        {
            // The sender was reset. Whoever receives is told, unless it never hears anything again.
            if (!_isSwallowing)
                to.Reset();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>From now on nothing passes: the other direction has ended this one too.</summary>
    private void Swallow() => _isSwallowing = true;

    private async Task TakeAsync(Memory<byte> data, Courier opposite, CancellationToken cancellationToken)
    {
        if (_isSwallowing)
        {
            Lost += data.Length;
            return;
        }

        if (_fault is WireFault.LostTail or WireFault.EndTogether && _walk.FindAlert(data.Span) is var (begin, end))
        {
            // A fault: the alert itself is lost. Weather: the end of the stream is right behind it, where nothing else may follow.
            var kept = Math.Clamp(_fault == WireFault.LostTail ? begin : end, 0, data.Length);
            await PassAsync(data[..kept], cancellationToken);
            if (end <= data.Length || _fault == WireFault.LostTail)
            {
                Strike(data.Length - kept);
                to.End();
            }
        }
        else if (HasPlace && !HasStruck && _passed + data.Length > plan.StrikeAt)
        {
            var before = (int)Math.Max(0, plan.StrikeAt - _passed);
            await PassAsync(data[..before], cancellationToken);
            await StrikeAsync(data[before..], opposite, cancellationToken);
        }
        else
        {
            await PassAsync(data, cancellationToken);
        }
    }

    private bool HasPlace => _fault is WireFault.Stall or (>= WireFault.HalfClose and not WireFault.LostTail);

    private async Task StrikeAsync(Memory<byte> rest, Courier opposite, CancellationToken cancellationToken)
    {
        switch (_fault)
        {
            case WireFault.Stall:
                StruckAt = Environment.TickCount64;
                await Task.Delay(100 + _chance.Next(900), cancellationToken);
                await PassAsync(rest, cancellationToken);
                break;
            case WireFault.Corruption:
                StruckAt = Environment.TickCount64;
                rest.Span[0] ^= (byte)(1 << _chance.Next(8));
                await PassAsync(rest, cancellationToken);
                break;
            case WireFault.HalfClose:
                Strike(rest.Length);
                to.End();
                break;
            case WireFault.Cut:
                Strike(rest.Length);
                opposite.Swallow();
                to.End();
                from.End();
                break;
            case WireFault.Reset:
                Strike(rest.Length);
                opposite.Swallow();
                to.Reset();
                from.Reset();
                break;
            case WireFault.ResetOneSide:
                Strike(rest.Length);
                opposite.Swallow();
                to.Reset();
                from.End();
                break;
            default:
                Strike(rest.Length);
                break;
        }
    }

    private void Strike(int lost)
    {
        StruckAt = Environment.TickCount64;
        Lost += lost;
        Swallow();
    }

    private async Task PassAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        _passed += data.Length;
        try
        {
            while (!data.IsEmpty)
            {
                var count = _fault == WireFault.Split ? Math.Min(data.Length, 1 + _chance.Next(40)) : data.Length;
                if (_fault == WireFault.Delay)
                    await Task.Delay(_chance.Next(20), cancellationToken);
                await to.WriteAsync(data[..count], cancellationToken);
                data = data[count..];
            }
        }
        catch (IOException)
        {
            // Nobody takes it any more. The other direction says how they ended; what still comes here is lost.
            Lost += data.Length;
            Swallow();
        }
    }

    private static bool IsOfBoth(WireFault fault) => fault < WireFault.SlowReader && fault != WireFault.Stall;

    private const int BufferSize = 16 * 1024;
}
