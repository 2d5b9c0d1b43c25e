using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace TlsFsm.AspNetCore;

/// <summary>
/// When a connection counts as closed for what is served over it. Kestrel says so with the end of the client's stream already, and cuts
/// an answer that is under way. Here a bare end of stream ends what the client has to say, and the connection is closed when it is lost;
/// behind a close_notify, with which clients end for good, it is closed as Kestrel says.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Its token outlives the connection, in whoever listens to it.")]
internal sealed partial class ConnectionEnd
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationToken _raw;
    private readonly ILogger _logger;
    private readonly string _id;
    private TlsConnection? _connection;
    private int _isClosed;
    private int _hasSaidGoodbye;
    private bool _isServed;

    /// <param name="id">Kestrel's name of the connection.</param>
    /// <param name="logger">Told of listeners that throw.</param>
    /// <param name="raw">Kestrel's own token.</param>
    public ConnectionEnd(string id, ILogger logger, CancellationToken raw)
    {
        (_raw, _id, _logger) = (raw, id, logger);
        raw.UnsafeRegister(static self => ((ConnectionEnd)self!).Look(), this);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Looks at each step of the connection from now on.</summary>
    public void Watch(TlsConnection connection)
    {
        Volatile.Write(ref _connection, connection);
        connection.Transitioned = _ => Look();
    }

    /// <summary>What is served over it has ended: whoever ends the connection says when that is closed.</summary>
    public void Leave() => Volatile.Write(ref _isServed, true);

    /// <summary>The connection is closed: everybody is told before this returns.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
            return;

        try
        {
            _source.Cancel();
        }
        catch (AggregateException exception)
        {
            ListenerThrew(_logger, exception, _id);
        }
    }

    private void Look()
    {
        if (Volatile.Read(ref _connection) is not { } connection || Volatile.Read(ref _isServed))
            return;

        // The end of the client's stream may be the next step already when Kestrel says so: what came before that is kept. With a fence, as
        // each of two threads looks at what the other has set.
        if (connection.ReadState == ReadState.Closed)
            Interlocked.Exchange(ref _hasSaidGoodbye, 1);

        // In the middle of a step: the listeners are told elsewhere.
        if (connection.WriteState == WriteState.Over || (_raw.IsCancellationRequested && Volatile.Read(ref _hasSaidGoodbye) == 1))
            ThreadPool.UnsafeQueueUserWorkItem(static self => self.Close(), this, preferLocal: false);
    }

    [LoggerMessage(2, LogLevel.Error, "Connection {ConnectionId}: who listens for its end has thrown.")]
    private static partial void ListenerThrew(ILogger logger, Exception exception, string connectionId);
}
