using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Sides;

namespace TlsFsm.Soak.Judging;

/// <summary>Which reasons fit which faults: at the end that a fault is aimed at, and at the other.</summary>
internal static class Fits
{
    /// <returns>What does not fit; null when it does.</returns>
    public static string? Why(Run run, Ledger end, bool hasStruck)
    {
        var plan = run.Plan;
        var isVictim = plan.TowardsServer == end.IsServer;
        var fitting = hasStruck && !plan.IsWeather ? Struck(plan, isVictim) : Undisturbed(plan, end);

        // HTTP needs no close_notify, and Kestrel says so; the inner of two connections may have ended before the outer was struck.
        if (hasStruck && (plan.Host == HostKind.TlsInTls || (plan.Host == HostKind.Kestrel && end.IsServer)))
            fitting = [.. fitting, CloseReason.Clean, CloseReason.Unanswered, CloseReason.Truncated];

        // Who was told in words that it is not served goes.
        if (end.IsRefused)
            fitting = [.. fitting, CloseReason.LocalAbort];

        return fitting.Contains(end.Reason)
            ? null
            : $"The {Oracle.Name(end)} ended with {end.Reason}; {(hasStruck ? plan.Fault : "nothing wrong on the way")} lets expect "
            + $"{string.Join(", ", fitting.Distinct())}.";
    }

    /// <summary>Kestrel does not await the client's close_notify, as <c>UseHttps</c> does not.</summary>
    private static CloseReason[] Undisturbed(ConnectionPlan plan, Ledger end) =>
        plan.Host == HostKind.Kestrel && end.IsServer ? [CloseReason.Clean, CloseReason.Unanswered] : [CloseReason.Clean];

    private static CloseReason[] Struck(ConnectionPlan plan, bool isVictim) => plan.Fault switch
    {
        // The victim's stream ends without close_notify: in the handshake, in the data, or behind its own close. Never is that clean.
        WireFault.HalfClose or WireFault.LostTail or WireFault.Cut when isVictim =>
            [CloseReason.TransportLost, CloseReason.Truncated, CloseReason.Unanswered],
        WireFault.HalfClose or WireFault.LostTail or WireFault.Cut =>
            [CloseReason.TransportLost, CloseReason.Truncated, CloseReason.Unanswered, CloseReason.Clean],
        WireFault.Reset when isVictim => [CloseReason.TransportLost, CloseReason.Unanswered],
        WireFault.Reset => [CloseReason.TransportLost, CloseReason.Unanswered, CloseReason.Clean],
        WireFault.ResetOneSide when isVictim => [CloseReason.TransportLost, CloseReason.Unanswered],
        WireFault.ResetOneSide =>
            [CloseReason.TransportLost, CloseReason.Truncated, CloseReason.Unanswered, CloseReason.Clean],

        // Nobody can know; deadlines of ours and the patience of the application are short.
        WireFault.Silence =>
        [
            CloseReason.Clean, CloseReason.Unanswered, CloseReason.HandshakeTimeout, CloseReason.ShutdownTimeout, CloseReason.LocalAbort,
            CloseReason.TransportLost, CloseReason.Truncated,
        ],
        WireFault.Corruption =>
        [
            CloseReason.Failed, CloseReason.Clean, CloseReason.Unanswered, CloseReason.HandshakeTimeout, CloseReason.ShutdownTimeout,
            CloseReason.LocalAbort, CloseReason.TransportLost, CloseReason.Truncated, CloseReason.PlaintextInjection,
        ],
        _ => [CloseReason.Clean],
    };
}
