namespace TlsFsm.Tests.Connection;

/// <summary>A transport that holds what it takes, and tells how much has not left; the test lets it leave.</summary>
internal sealed class DrainingTransport(Support.TurnByTurnLoop loop, List<string> events) : IDrainingTransport
{
    private bool _isClosing;

    public IProtocol Protocol { get; set; } = null!;

    public long UnsentBytes { get; private set; }

    public Action? Progressed { get; set; }

    /// <summary>Whether it holds anything, or sends all at once, as a socket with room in its buffers.</summary>
    public bool Holds { get; set; } = true;

    public void Write(ReadOnlySpan<byte> data)
    {
        if (Holds)
            UnsentBytes += data.Length;
    }

    public void Send(int count)
    {
        UnsentBytes -= Math.Min(count, UnsentBytes);
        Progressed?.Invoke();
    }

    public void PauseReading()
    {
    }

    public void ResumeReading()
    {
    }

    public void Close() => End("transport closes", null);

    public void Abort(Exception? reason = null) => End("transport aborts", reason);

    private void End(string what, Exception? reason)
    {
        events.Add(what);
        if (_isClosing)
            return;

        _isClosing = true;
        UnsentBytes = 0;
        loop.CallSoon(_ => Protocol.ConnectionLost(reason), null);
    }
}
