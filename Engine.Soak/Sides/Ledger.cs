using TlsFsm.Soak.Plans;

namespace TlsFsm.Soak.Sides;

/// <summary>What one end of a connection has sent, received and been told. Read by the oracle when it is over.</summary>
/// <param name="plan">The connection's.</param>
/// <param name="isServer">Which end.</param>
internal sealed class Ledger(ConnectionPlan plan, bool isServer)
{
    private readonly ulong _incoming = plan.Contents(towardsServer: isServer);
    private readonly ulong _outgoing = plan.Contents(towardsServer: !isServer);
    private TlsConnection? _connection;

    public bool IsServer => isServer;

    /// <summary>Bytes of data that this end is to send.</summary>
    public int ToSend { get; } = isServer ? plan.Download : plan.Upload;

    /// <summary>Bytes of data that this end is to be sent.</summary>
    public int ToReceive { get; } = isServer ? plan.Upload : plan.Download;

    /// <summary>Bytes whose write has succeeded.</summary>
    public long Accepted { get; private set; }

    /// <summary>Bytes that were given to a write, whatever became of it.</summary>
    public long Offered { get; private set; }

    /// <summary>Bytes of data that have arrived.</summary>
    public long Received { get; private set; }

    /// <summary>The first place at which something else arrived than was sent.</summary>
    public long? WrongAt { get; private set; }

    /// <summary>Whether this end was told that the other has said all: a read of 0, a completed pipe.</summary>
    public bool HasReadEnd { get; set; }

    /// <summary>Whether this end has closed in order, its direction alone included.</summary>
    public bool HasClosed { get; set; }

    /// <summary>Whether this end was told in its own words that it would not be served (an HTTP status).</summary>
    public bool IsRefused { get; set; }

    /// <summary>Whether the end of TLS means something here; HTTP has its own.</summary>
    public bool EndsByItself => isServer && plan.Host == HostKind.Kestrel;

    /// <summary>What its reads or writes have thrown, the first.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether it ever had a connection, with or without a handshake.</summary>
    public bool HasStarted => _connection is not null || Ended is not null;

    public bool HasSession { get; private set; }

    /// <summary>Why it ended; <see cref="CloseReason.None"/> while it has not, or when no connection was made.</summary>
    public CloseReason Reason { get; private set; }

    /// <summary>When something last moved here (<see cref="Environment.TickCount64"/>).</summary>
    public long LastMoved { get; private set; } = Environment.TickCount64;

    public bool HasSentAll => Offered == ToSend;

    public bool HasReceivedAll => Received >= ToReceive;

    public void Started(TlsConnection connection) => Volatile.Write(ref _connection, connection);

    /// <summary>What goes out next; nothing when all has.</summary>
    /// <param name="into">Filled from its beginning.</param>
    /// <returns>How many bytes.</returns>
    public int Next(Span<byte> into)
    {
        var count = (int)Math.Min(into.Length, ToSend - Offered);
        Contents.Fill(into[..count], _outgoing, Offered);
        Offered += count;
        return count;
    }

    public void Wrote(int count)
    {
        Accepted += count;
        LastMoved = Environment.TickCount64;
    }

    public void Take(ReadOnlySpan<byte> data)
    {
        WrongAt ??= Contents.FirstWrong(data, _incoming, Received);
        Received += data.Length;
        LastMoved = Environment.TickCount64;
    }

    public void Fail(Exception exception) => Failure ??= exception;

    /// <summary>Ends the connection, if it still goes on: for who waits in vain.</summary>
    public void GiveUp() => _connection?.Loop.CallSoon(static connection => ((TlsConnection)connection!).Transport.Abort(), _connection);

    /// <summary>Keeps what is to be judged, and lets the connection go.</summary>
    public void Close()
    {
        if (_connection is not { } connection)
            return;

        Reason = connection.CloseReason;
        HasSession = connection.Session is not null;
        if (connection.Failure is { } failure)
            Failure ??= failure;
        Ended = new WeakReference(connection);
        _connection = null;
    }

    /// <summary>The connection object, for who counts those that stay.</summary>
    public WeakReference? Ended { get; private set; }

    public override string ToString()
    {
        var role = isServer ? "server" : "client";
        var end = HasStarted ? $"{Reason}" : "never started";
        return $"{role} {end}: accepted {Accepted} of {ToSend}, received {Received} of {ToReceive}"
            + $"{(HasReadEnd ? ", read the end" : "")}{(HasClosed ? ", closed" : "")}{(IsRefused ? ", refused" : "")}"
            + (Failure is null ? "" : $" ({Failure.GetType().Name}: {Failure.Message})");
    }
}
