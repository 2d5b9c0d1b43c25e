namespace TlsFsm;

/// <summary>
/// A server's sessions of TLS 1.2 by their id, at most so many, sealed: for the few clients that take no tickets (RFC 5246 appendix F.1.4).
/// </summary>
/// <param name="capacity">Sessions; the oldest goes first. Default 10,000, about 3 MB, or more with client certificates.</param>
/// <exception cref="ArgumentOutOfRangeException">A capacity below 1.</exception>
public sealed class MemorySessionIds(int capacity = 10_000)
{
    private readonly int _capacity =
        capacity >= 1 ? capacity : throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "There must be room for one session.");
    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _sealed = [];
    private readonly Queue<string> _oldestFirst = [];

    /// <summary>Sessions that are kept now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _sealed.Count;
        }
    }

    internal void Add(byte[] id, byte[] sealedState)
    {
        var name = Convert.ToHexString(id);
        lock (_lock)
        {
            if (!_sealed.TryAdd(name, sealedState))
                return;

            _oldestFirst.Enqueue(name);
            if (_sealed.Count > _capacity)
                _sealed.Remove(_oldestFirst.Dequeue());
        }
    }

    internal byte[]? Find(byte[] id)
    {
        lock (_lock)
            return _sealed.GetValueOrDefault(Convert.ToHexString(id));
    }
}
