using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Wires;

namespace TlsFsm.Soak.Sides;

/// <summary>One connection of the load: its plan, its wire, what both ends have to say.</summary>
internal sealed class Run(ConnectionPlan plan)
{
    private readonly TaskCompletionSource _serverDone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ConnectionPlan Plan => plan;

    public Ledger Client { get; } = new(plan, isServer: false);

    public Ledger Server { get; } = new(plan, isServer: true);

    /// <summary>Null until it stands.</summary>
    public Wire? Wire { get; set; }

    /// <summary>Completes when the server has nothing more to do with it.</summary>
    public Task ServerDone => _serverDone.Task;

    public void EndServer() => _serverDone.TrySetResult();

    /// <summary>When something last moved, on either side.</summary>
    public long LastMoved => Math.Max(Math.Max(Client.LastMoved, Server.LastMoved), Wire?.StruckAt ?? 0);

    /// <summary>An end that waits for what cannot come any more gives up, as an application with patience would.</summary>
    public void GiveUpIfStuck()
    {
        if (!plan.IsHasty || Wire is not { HasStruck: true } || Environment.TickCount64 - LastMoved < PatienceMilliseconds)
            return;

        Client.GiveUp();
        Server.GiveUp();
    }

    private const long PatienceMilliseconds = 2000;
}
