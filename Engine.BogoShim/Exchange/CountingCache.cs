namespace TlsFsm.BogoShim.Exchange;

/// <summary>A client's sessions, and how many came on the present connection.</summary>
internal sealed class CountingCache(TimeProvider time) : ITlsSessionCache
{
    private readonly MemorySessionCache _sessions = new(timeProvider: time);

    /// <summary>Sessions that came since it was last set to zero.</summary>
    public int Added { get; set; }

    public void Add(TlsSavedSession session)
    {
        Added++;
        _sessions.Add(session);
    }

    public TlsSavedSession? Take(string key, Guid? origin) => _sessions.Take(key, origin);

    public void Remove(TlsSavedSession session) => _sessions.Remove(session);
}
