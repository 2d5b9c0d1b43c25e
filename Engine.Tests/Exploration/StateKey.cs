using System.Text;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Exploration;

/// <summary>
/// The abstract state of a world: two worlds with the same key go on in the same way, as far as the explorer cares. What is counted is
/// told as none, some, or over the mark.
/// </summary>
internal static class StateKey
{
    public static string Of(World world)
    {
        var key = new StringBuilder(256);
        if (world.IsUnwrapped)
        {
            AppendRest(world, key);
        }
        else
        {
            Snapshot.AppendEngine(world, key);
            AppendWire(world, key);
        }

        AppendTransport(world.Lower, key);
        AppendApplication(world, key);
        AppendTime(world, key);
        return key.ToString();
    }

    // Where nothing is left to decide, it does not matter how it came.
    private static void AppendRest(World world, StringBuilder key) =>
        key.Append(world.Connection.AppState).Append(world.Connection.CloseReason).Append(world.Lower.Protocol == world.Next).Append(' ');

    private static void AppendWire(World world, StringBuilder key)
    {
        Flags(
            key, world.IsConnected, world.HasGreeted, world.HasPeerClosed, world.HasPeerFailed, world.HasStreamEnded, world.HoldsBack,
            world.Core.IsEstablished, world.Core.IsCloseNotifyReceived, world.Core.PendingPlaintext > 0, world.BytesBehindClose > 0,
            world.Asking is { IsAsking: true }, world.IsContinued,
            world.WholeFromPeer > world.Application.Data.Count);
        key.Append(world.Undecrypted).Append(' ');
    }

    private static void AppendTransport(ExploredTransport lower, StringBuilder key)
    {
        Flags(
            key, lower.IsReading, lower.IsWritingPaused, lower.IsClosing, lower.IsLost, lower.HasDroppedData, lower.Progressed is not null,
            lower.Records.Contains('c', StringComparison.Ordinal));
        key.Append((lower.UnsentBytes + 9) / 10).Append(' ');
    }

    private static void AppendApplication(World world, StringBuilder key)
    {
        Flags(
            key, world.Application.IsSpent, world.LostWith is not null, world.Accepted.Count > world.Lower.Data.Count,
            world.Journal.Has(Sight.Lost), world.Endings.Count > 0, world.HasClosed, world.Endings.Contains(Call.Unwrap));
        key.Append(Size(world.Transport.WriteBufferSize)).Append(world.CallsAfterClose);
    }

    private static void AppendTime(World world, StringBuilder key)
    {
        key.Append(' ').AppendJoin(',', world.Loop.Turns.Distinct());
        foreach (var (callback, left) in world.Loop.Timers)
            key.Append(' ').Append(callback).Append((int)Math.Ceiling(left / (Setting.Deadline / 2)));
        if (world.Setting.IsSlow && world.Loop.HasTimers)
            key.Append(' ').Append((int)Math.Min(3, (world.Loop.Now - world.Lower.LastMoved) / (Setting.Deadline / 2)));
    }

    private static char Size(int bytes) => bytes switch { 0 => '0', <= 5 => 'l', <= 20 => 'm', _ => 'h' };

    private static void Flags(StringBuilder key, params ReadOnlySpan<bool> flags)
    {
        foreach (var flag in flags)
            key.Append(flag ? '1' : '0');
        key.Append(' ');
    }
}
