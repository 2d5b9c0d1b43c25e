namespace TlsFsm.Hosting.Transports;

/// <summary>
/// How long whoever disposes waits for the peer's answer to close_notify, counted from the last byte that has left. Then the connection
/// ends without it.
/// </summary>
internal sealed class AnswerDeadline : IDisposable
{
    private readonly TlsTransport _transport;
    private bool _hadUnsent;
    private IDisposable? _timer;

    public AnswerDeadline(TlsTransport transport)
    {
        _transport = transport;
        Arm();
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _timer = null;
    }

    private TimeSpan Patience => _transport.Connection.Parts.Options.StreamDisposeTimeout;

    private void Arm()
    {
        Dispose();
        _hadUnsent = _transport.UnsentBytes > 0;
        _timer = _transport.Connection.Loop.CallLater(Patience, static self => ((AnswerDeadline)self!).OnElapsed(), this);
    }

    /// <summary>Output that had not left at the beginning of the period does not count against the peer's answer.</summary>
    private void OnElapsed()
    {
        if (_hadUnsent)
            Arm();
        else
            _transport.Connection.Parts.GiveUpAnswer();
    }
}
