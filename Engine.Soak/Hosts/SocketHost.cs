using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Sides;
using TlsFsm.Soak.Wires;

namespace TlsFsm.Soak.Hosts;

/// <summary>A client that dials a server through a proxy.</summary>
internal abstract class SocketHost(Party party) : IHost
{
    private readonly SocketWires _wires = new();
    private readonly ConcurrentDictionary<int, Run> _runs = new();

    protected Party Party => party;

    public async Task PlayAsync(Run run, CancellationToken cancellationToken)
    {
        var known = 0;
        try
        {
            var (wire, socket) = await _wires.OpenAsync(
                run.Plan, PortFor(run.Plan), port => _runs.TryAdd(known = port, run), cancellationToken);
            run.Wire = wire;
            var passing = wire.RunAsync(cancellationToken);
            await TryToTalkAsync(run, socket, cancellationToken);
            await passing;
        }
        catch (SocketException exception)
        {
            run.Client.Fail(exception);
        }

        await run.ServerDone.WaitAsync(cancellationToken);
        _runs.TryRemove(known, out _);
    }

    public virtual async ValueTask DisposeAsync() => await _wires.DisposeAsync();

    /// <summary>Where the server for a connection listens.</summary>
    protected abstract int PortFor(ConnectionPlan plan);

    /// <summary>The client: a TLS stream, unless it does something before or within.</summary>
    protected virtual async Task TalkAsync(Run run, Socket socket, CancellationToken cancellationToken)
    {
        await using var stream = await TlsClient.OpenStreamAsync(
            socket, party.Client(run.Plan), connectionStarted: run.Client.Started, cancellationToken: cancellationToken);
        await new StreamTalk(run.Plan, run.Client, stream).RunAsync(cancellationToken);
    }

    private async Task TryToTalkAsync(Run run, Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            await TalkAsync(run, socket, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            run.Client.Fail(exception);
        }
    }

    /// <summary>Whose connection it is that a server has accepted.</summary>
    protected Run? RunOf(ITransport transport) => RunOf(transport.GetExtraInfo(ExtraInfo.PeerName) as EndPoint);

    /// <inheritdoc cref="RunOf(ITransport)"/>
    protected Run? RunOf(EndPoint? peer) => peer is IPEndPoint { Port: var port } && _runs.TryGetValue(port, out var run) ? run : null;
}
