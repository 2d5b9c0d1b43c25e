using System.Net.Sockets;
using TlsFsm.Soak.Sides;

namespace TlsFsm.Soak.Hosts;

/// <summary>TLS over somebody else's stream, on both sides.</summary>
internal sealed class StreamHost(Party party) : AcceptingHost(party)
{
    protected override async Task TalkAsync(Run run, Socket socket, CancellationToken cancellationToken)
    {
        await using var stream = await TlsClient.OpenStreamAsync(
            new NetworkStream(socket, ownsSocket: true), Party.Client(run.Plan), connectionStarted: run.Client.Started,
            cancellationToken: cancellationToken);
        await new StreamTalk(run.Plan, run.Client, stream).RunAsync(cancellationToken);
    }

    protected override async Task ServeAsync(Run run, Socket socket)
    {
        await using var stream = await TlsServer.OpenStreamAsync(
            new NetworkStream(socket, ownsSocket: true), Party.Server(run.Plan.IsHasty), connectionStarted: run.Server.Started);
        await new StreamTalk(run.Plan, run.Server, stream).RunAsync(CancellationToken.None);
    }
}
