namespace TlsFsm.Cli.Reporting;

/// <summary>Follows the connections of a listener: those that are open, and the last that have ended.</summary>
/// <param name="title">What it listens on.</param>
internal sealed class ListenerReport(string title)
{
    private const int MaxEnded = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<TlsConnection, ConnectionRecorder> _open = [];
    private readonly Dictionary<CloseReason, int> _ended = [];
    private readonly LinkedList<Recording> _last = new();

    /// <summary>A connection begins.</summary>
    public void Begin(TlsConnection connection, string name)
    {
        var recorder = new ConnectionRecorder(name);
        recorder.Attach(connection);
        lock (_lock)
            _open[connection] = recorder;
    }

    /// <summary>A connection has ended.</summary>
    public void End(TlsConnection connection)
    {
        lock (_lock)
        {
            if (!_open.Remove(connection, out var recorder))
                return;

            var recording = recorder.Take();
            _ended[recording.Reason] = _ended.GetValueOrDefault(recording.Reason) + 1;
            _last.AddFirst(recording);
            if (_last.Count > MaxEnded)
                _last.RemoveLast();
        }
    }

    /// <summary>The page as it is now.</summary>
    /// <param name="refresh">Seconds until a browser looks again; null when nothing more comes.</param>
    public string Write(int? refresh)
    {
        lock (_lock)
            return ReportPage.OfListener(title, [.. _open.Values.Select(one => one.Take())], _ended, [.. _last], refresh);
    }
}
