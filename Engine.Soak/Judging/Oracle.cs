using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Sides;

namespace TlsFsm.Soak.Judging;

/// <summary>What must be true of a connection that is over, whatever has happened to it.</summary>
internal static class Oracle
{
    /// <summary>Judges a connection.</summary>
    /// <param name="run">Over, with its ledgers closed.</param>
    /// <returns>What is broken; nothing when all is as promised.</returns>
    public static IEnumerable<string> Judge(Run run)
    {
        foreach (var broken in Direction(run, run.Client, run.Server).Concat(Direction(run, run.Server, run.Client)))
            yield return broken;

        // Deadlines are short where a fault may strike; a busy machine may meet them before it has.
        var hasStruck = run.Wire is { HasStruck: true } || run.Plan.IsHasty;
        if (run.Plan.IsWeather || !hasStruck)
            foreach (var broken in Whole(run, run.Client).Concat(Whole(run, run.Server)))
                yield return broken;

        foreach (var end in (Ledger[])[run.Client, run.Server])
            if (end.HasStarted && Fits.Why(run, end, hasStruck) is { } misfit)
                yield return misfit;
    }

    private static IEnumerable<string> Direction(Run run, Ledger sender, Ledger receiver)
    {
        var (from, to) = (Name(sender), Name(receiver));
        if (receiver.WrongAt is { } wrong)
            yield return $"The {to} received another byte than was sent at {wrong}.";
        if (receiver.Received > sender.Offered)
            yield return $"The {to} received {receiver.Received} bytes of {sender.Offered} that were sent.";

        // An end in order is one: the sender has said it, behind all that it had sent.
        if (receiver is { HasReadEnd: true, IsRefused: false })
        {
            if (!sender.HasClosed && !receiver.EndsByItself)
                yield return $"The {to} was told an end in order, and the {from} has not closed in order.";
            if (receiver.Received != sender.Accepted)
                yield return $"The {to} was told an end in order after {receiver.Received} bytes of {sender.Accepted} that the {from} had sent.";
        }

        // Who says last what both have said knows that all has arrived.
        if (sender is { Reason: CloseReason.Clean, EndsByItself: false, IsRefused: false } && KnowsAtTheEnd(run.Plan, sender)
            && receiver is { IsRefused: false, HasReceivedAll: false })
            yield return $"The {from} was told a clean end, and {receiver.Received} of {sender.Accepted} accepted bytes have arrived.";
    }

    /// <summary>Whether the other end says close_notify only when it has read all; else it may have said it before.</summary>
    private static bool KnowsAtTheEnd(ConnectionPlan plan, Ledger sender) =>
        plan.Life is Life.ServerCloses or Life.ClientCloses || (plan.Life == Life.HalfClosedRequest && !sender.IsServer);

    private static IEnumerable<string> Whole(Run run, Ledger end)
    {
        if (!end.HasStarted)
            yield return $"The {Name(end)} never had a connection, and nothing was wrong on the way ({end.Failure?.Message}).";
        else if (!end.HasReceivedAll || !end.HasSentAll)
            yield return $"The {Name(end)} has not sent and received all, and nothing was wrong on the way.";
        else if (!end.HasReadEnd && ReadsTheEnd(run.Plan.Life, end))
            yield return $"The {Name(end)} was not told the end, and nothing was wrong on the way.";
    }

    private static bool ReadsTheEnd(Life life, Ledger end) => life switch
    {
        Life.ServerCloses => !end.IsServer,
        Life.ClientCloses => end.IsServer,
        _ => true,
    };

    internal static string Name(Ledger ledger) => ledger.IsServer ? "server" : "client";
}
