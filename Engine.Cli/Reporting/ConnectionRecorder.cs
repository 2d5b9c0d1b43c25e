using TlsFsm.Cli.Rendering;

namespace TlsFsm.Cli.Reporting;

/// <summary>
/// Follows one connection: its steps, messages, pauses and bytes, at most so many of each. May be asked from any thread; told on the
/// connection's loop.
/// </summary>
/// <param name="name">What this end is called.</param>
internal sealed class ConnectionRecorder(string name)
{
    /// <summary>Of each kind: what a reader can still look through.</summary>
    public const int MaxEntries = 1000;

    private readonly Lock _lock = new();
    private readonly List<Transition> _steps = [];
    private readonly List<RecordedMessage> _messages = [];
    private readonly List<RecordedTransfer> _transfers = [];
    private readonly List<TlsPause> _pauses = [];
    private TlsConnection? _connection;
    private int _leftOut;

    /// <summary>Told after each step that was recorded, on the connection's loop.</summary>
    public Action? Moved { get; set; }

    /// <summary>Follows a connection from now on. Before its transport is connected; who listens already goes on to.</summary>
    public void Attach(TlsConnection connection)
    {
        _connection = connection;
        var clock = connection.Loop.TimeProvider;
        var (transitioned, observed) = (connection.Transitioned, connection.MessageObserver);
        connection.Transitioned = step =>
        {
            transitioned?.Invoke(step);
            Keep(_steps, step);
            Moved?.Invoke();
        };
        connection.MessageObserver = message =>
        {
            observed?.Invoke(message);
            Keep(_messages, new RecordedMessage(
                clock.GetUtcNow(), message.IsSent, MessageTrace.What(message), message.Bytes.Length, message.IsProtected));
        };
        connection.FlowPaused = pause => Keep(_pauses, pause);
        connection.Parts.Witness.TransferObserver = (bytes, isSent) => KeepTransfer(clock.GetUtcNow(), bytes, isSent);
    }

    /// <summary>What was seen up to now.</summary>
    public Recording Take()
    {
        lock (_lock)
            return new Recording(
                name, [.. _steps], [.. _messages], [.. _transfers], [.. _pauses], _leftOut, _connection?.Session,
                _connection?.CloseReason ?? CloseReason.None, _connection?.Failure);
    }

    private void Keep<T>(List<T> list, T entry)
    {
        lock (_lock)
        {
            if (list.Count < MaxEntries)
                list.Add(entry);
            else
                _leftOut++;
        }
    }

    private void KeepTransfer(DateTimeOffset now, long bytes, bool isSent)
    {
        lock (_lock)
        {
            if (_transfers.Count > 0 && _transfers[^1] is var last && last.IsSent == isSent)
                _transfers[^1] = last with { To = now, Bytes = last.Bytes + bytes, Count = last.Count + 1 };
            else if (_transfers.Count < MaxEntries)
                _transfers.Add(new RecordedTransfer(now, now, isSent, bytes, 1));
            else
                _leftOut++;
        }
    }
}
