using TlsFsm.Soak.Sides;
using TlsFsm.Soak.Wires;

namespace TlsFsm.Soak.Hosts;

/// <summary>Pipes in memory, without a socket anywhere.</summary>
internal sealed class PipeHost(Party party) : IHost
{
    public async Task PlayAsync(Run run, CancellationToken cancellationToken)
    {
        PipeEnd client = new(), server = new();
        run.Wire = new Wire(run.Plan, client, server);
        var passing = run.Wire.RunAsync(cancellationToken);
        await Task.WhenAll(
            TalkAsync(run, run.Client, () => TlsClient.OpenPipeAsync(
                client.Theirs, party.Client(run.Plan), connectionStarted: run.Client.Started, cancellationToken: cancellationToken)),
            TalkAsync(run, run.Server, () => TlsServer.OpenPipeAsync(
                server.Theirs, party.Server(run.Plan.IsHasty), connectionStarted: run.Server.Started,
                cancellationToken: cancellationToken)),
            passing);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task TalkAsync(Run run, Ledger ledger, Func<Task<TlsDuplexPipe>> open)
    {
        try
        {
            await using var pipe = await open();
            await new PipeTalk(run.Plan, ledger, pipe).RunAsync(CancellationToken.None);
        }
        catch (IOException exception)
        {
            ledger.Fail(exception);
        }
    }
}
