using TlsFsm.Soak.Plans;

namespace TlsFsm.Soak.Wires;

/// <summary>What is between a client and a server: two couriers, and what has happened to them.</summary>
/// <param name="plan">The connection's.</param>
/// <param name="client">The client's end.</param>
/// <param name="server">The server's end.</param>
internal sealed class Wire(ConnectionPlan plan, IWireEnd client, IWireEnd server)
{
    private readonly Courier _up = new(plan, client, server, towardsServer: true);
    private readonly Courier _down = new(plan, server, client, towardsServer: false);

    /// <summary>Whether the fault has struck. Until then it was a connection like any other.</summary>
    public bool HasStruck => _up.HasStruck || _down.HasStruck;

    /// <summary>When it has (<see cref="Environment.TickCount64"/>); 0 while it has not.</summary>
    public long StruckAt => Math.Max(_up.StruckAt, _down.StruckAt);

    /// <summary>Bytes of a direction that were not passed on.</summary>
    /// <param name="towardsServer">The direction.</param>
    public long Lost(bool towardsServer) => (towardsServer ? _up : _down).Lost;

    /// <summary>Passes bytes on until both ends have ended.</summary>
    /// <param name="cancellationToken">Ends it at once.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(_up.RunAsync(_down, cancellationToken), _down.RunAsync(_up, cancellationToken));
        }
        finally
        {
            client.Dispose();
            server.Dispose();
        }
    }
}
