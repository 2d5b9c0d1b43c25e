using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Sides;

namespace TlsFsm.Soak.Hosts;

/// <summary><see cref="TlsListener"/>, with callbacks or with streams.</summary>
internal sealed class ListenerHost : SocketHost
{
    private readonly Dictionary<bool, TlsListener> _listeners = [];

    /// <param name="party">Options.</param>
    /// <param name="hasStreams">Whether applications are streams.</param>
    /// <param name="unhandled">Told what applications threw; nothing does, here.</param>
    public ListenerHost(Party party, bool hasStreams, Action<Exception, string> unhandled)
        : base(party)
    {
        var listening = new TlsListenerOptions
        {
            Backlog = 4096,
            UnhandledException = unhandled,
            ConnectionEnded = (connection, _) =>
            {
                if (RunOf(connection.Transport) is not { } run)
                    return;

                // A handshake that failed had no application to say whose it was.
                if (!run.Server.HasStarted)
                    run.Server.Started(connection);
                run.EndServer();
            },
        };
        Func<IProtocol> application = hasStreams
            ? () => TlsStream.CreateProtocol(ServeAsync)
            : () => new CallbackTalk(Find);
        foreach (var isHasty in (bool[])[false, true])
            _listeners[isHasty] = TlsListener.Start(Party.AnyPort, party.Server(isHasty), application, listening);
    }

    protected override int PortFor(ConnectionPlan plan) => _listeners[plan.IsHasty].LocalEndPoint.Port;

    public override async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners.Values)
            await listener.StopAsync();
        await base.DisposeAsync();
    }

    private (ConnectionPlan, Ledger)? Find(ITransport transport)
    {
        if (RunOf(transport) is not { } run)
            return null;

        run.Server.Started(((TlsTransport)transport).Connection);
        return (run.Plan, run.Server);
    }

    private async Task ServeAsync(TlsStream stream)
    {
        if (RunOf(stream.Connection.Transport) is not { } run)
            return;

        run.Server.Started(stream.Connection);
        await new StreamTalk(run.Plan, run.Server, stream).RunAsync(CancellationToken.None);
    }
}
