namespace TlsFsm.Cli.Doctor;

/// <summary>Keeps sessions, and tells when the first one comes in.</summary>
internal sealed class TicketWatch : ITlsSessionCache
{
    private readonly MemorySessionCache _sessions = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when there is a session.</summary>
    public Task First => _first.Task;

    public void Add(TlsSavedSession session)
    {
        _sessions.Add(session);
        _first.TrySetResult();
    }

    public TlsSavedSession? Take(string key, Guid? origin) => _sessions.Take(key, origin);

    public void Remove(TlsSavedSession session) => _sessions.Remove(session);
}
