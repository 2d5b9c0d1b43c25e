namespace TlsFsm.Core.Sessions;

/// <summary>
/// A client's cache as a connection uses it: what throws there costs the resumption alone, and what the connection has put there can be
/// taken back.
/// </summary>
/// <param name="cache">The application's; null without one.</param>
/// <param name="failed">Told what it throws.</param>
internal sealed class GuardedCache(ITlsSessionCache? cache, Action<Exception> failed)
{
    private const int MaxKept = 16;

    /// <summary>The last ones that this connection gave, so that a failure can overwrite their secrets at once.</summary>
    private readonly Queue<TlsSavedSession> _kept = new();

    public void Add(TlsSavedSession session)
    {
        if (_kept.Count == MaxKept)
            _kept.Dequeue();
        _kept.Enqueue(session);
        Try(one => one.Add(session));
    }

    public TlsSavedSession? Take(string key, Guid? origin)
    {
        TlsSavedSession? taken = null;
        Try(one => taken = one.Take(key, origin));
        return taken;
    }

    /// <summary>Overwrites and removes what the connection has put there.</summary>
    /// <param name="other">A session besides; null for none.</param>
    public void Forget(TlsSavedSession? other)
    {
        if (other is not null)
            _kept.Enqueue(other);
        while (_kept.TryDequeue(out var session))
        {
            session.Forget();
            Try(one => one.Remove(session));
        }
    }

    private void Try(Action<ITlsSessionCache> use)
    {
        if (cache is null)
            return;

        try
        {
            use(cache);
        }
        catch (Exception e)
        {
            failed(e);
        }
    }
}
