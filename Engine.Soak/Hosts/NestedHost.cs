using System.Net.Sockets;
using TlsFsm.Soak.Sides;

namespace TlsFsm.Soak.Hosts;

/// <summary>TLS in TLS. The inner connection is judged: what its records travel in is its wire.</summary>
internal sealed class NestedHost(Party party) : AcceptingHost(party)
{
    protected override async Task TalkAsync(Run run, Socket socket, CancellationToken cancellationToken)
    {
        await using var outer = await TlsClient.OpenStreamAsync(
            socket, Party.Client(run.Plan), cancellationToken: cancellationToken);
        await using var inner = await TlsClient.OpenStreamAsync(
            outer, Party.Client(run.Plan), connectionStarted: run.Client.Started, cancellationToken: cancellationToken);
        await new StreamTalk(run.Plan, run.Client, inner).RunAsync(cancellationToken);
    }

    protected override async Task ServeAsync(Run run, Socket socket)
    {
        await using var outer = await TlsServer.OpenStreamAsync(socket, Party.Server(run.Plan.IsHasty));
        await using var inner = await TlsServer.OpenStreamAsync(
            outer, Party.Server(run.Plan.IsHasty), connectionStarted: run.Server.Started);
        await new StreamTalk(run.Plan, run.Server, inner).RunAsync(CancellationToken.None);
    }
}
