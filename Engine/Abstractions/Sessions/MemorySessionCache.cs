using System.Security.Authentication;
using TlsFsm.Abstractions.Seams;

namespace TlsFsm;

/// <summary>Sessions in memory, at most so many: the oldest go first, and their secrets are overwritten.</summary>
/// <remarks>
/// One instance for all connections of a client that may know of each other: servers can link the connections that resume a session. To
/// pin data connections to a control connection (FTPS), give these alone an instance of their own.
/// </remarks>
/// <param name="capacity">Sessions in all. Default 1,024, about 4 MB with usual chains.</param>
/// <param name="capacityPerKey">
/// Sessions for one host and policy. Default 4: a server sends two, and a few connections run at a time.
/// </param>
/// <param name="timeProvider">The clock by which sessions expire. Null: the system's.</param>
/// <exception cref="ArgumentOutOfRangeException">A capacity below 1.</exception>
public sealed class MemorySessionCache(int capacity = 1024, int capacityPerKey = 4, TimeProvider? timeProvider = null) : ITlsSessionCache
{
    private readonly int _capacity = AtLeastOne(capacity, nameof(capacity));
    private readonly int _capacityPerKey = AtLeastOne(capacityPerKey, nameof(capacityPerKey));
    private readonly TimeProvider _time = timeProvider ?? DefaultClock.Instance;
    private readonly Lock _lock = new();

    /// <summary>Oldest first.</summary>
    private readonly LinkedList<TlsSavedSession> _sessions = [];
    private readonly Dictionary<string, List<LinkedListNode<TlsSavedSession>>> _byKey = [];

    /// <summary>Sessions that are kept now, expired ones among them until somebody comes across them.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _sessions.Count;
        }
    }

    /// <inheritdoc/>
    public void Add(TlsSavedSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        lock (_lock)
        {
            if (!_byKey.TryGetValue(session.Key, out var same))
                _byKey[session.Key] = same = [];

            same.Add(_sessions.AddLast(session));
            if (same.Count > _capacityPerKey)
                Drop(same[0], isForgotten: true);
            if (_sessions.Count > _capacity)
                Drop(_sessions.First!, isForgotten: true);
        }
    }

    /// <inheritdoc/>
    public TlsSavedSession? Take(string key, Guid? origin)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out var same))
                return null;

            var now = _time.GetUtcNow();
            for (var i = same.Count - 1; i >= 0; i--)
            {
                var node = same[i];
                var session = node.Value;
                if (session.ExpiresAt <= now || !session.IsUsable)
                {
                    Drop(node, isForgotten: true);
                    continue;
                }

                if (origin is not null && session.Origin != origin)
                    continue;

                if (session.Protocol == SslProtocols.Tls13)
                    Drop(node, isForgotten: false);
                return session;
            }

            return null;
        }
    }

    /// <inheritdoc/>
    public void Remove(TlsSavedSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        lock (_lock)
        {
            if (_byKey.TryGetValue(session.Key, out var same) && same.Find(node => node.Value == session) is { } node)
                Drop(node, isForgotten: true);
        }
    }

    /// <summary>Forgets all sessions.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            foreach (var session in _sessions)
                session.Forget();
            _sessions.Clear();
            _byKey.Clear();
        }
    }

    private void Drop(LinkedListNode<TlsSavedSession> node, bool isForgotten)
    {
        var same = _byKey[node.Value.Key];
        same.Remove(node);
        if (same.Count == 0)
            _byKey.Remove(node.Value.Key);

        _sessions.Remove(node);
        if (isForgotten)
            node.Value.Forget();
    }

    private static int AtLeastOne(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        return value;
    }
}
