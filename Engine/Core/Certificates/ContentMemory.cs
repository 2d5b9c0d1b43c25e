namespace TlsFsm.Core.Certificates;

/// <summary>What was made of some bytes and depends on nothing else, found again by them.</summary>
/// <remarks>Bounded, and safe for any number of threads.</remarks>
/// <param name="capacity">How much is kept, the oldest goes first.</param>
/// <param name="maxSize">Bytes beyond which nothing is kept.</param>
internal sealed class ContentMemory<T>(int capacity, int maxSize)
    where T : class
{
    private readonly Dictionary<byte[], T> _kept = new(new SameContent());
    private readonly Queue<byte[]> _oldestFirst = [];
    private readonly Lock _lock = new();

    /// <summary>How much is kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _kept.Count;
        }
    }

    /// <returns>Null when there is nothing.</returns>
    public T? Find(byte[] content)
    {
        lock (_lock)
            return _kept.GetValueOrDefault(content);
    }

    /// <param name="content">Not to be written to from now on.</param>
    /// <param name="make">What is kept for it, unless there is something.</param>
    public void Keep(byte[] content, Func<T> make)
    {
        if (content.Length > maxSize)
            return;

        lock (_lock)
        {
            if (_kept.ContainsKey(content))
                return;

            _kept.Add(content, make());
            _oldestFirst.Enqueue(content);
            if (_oldestFirst.Count > capacity)
                _kept.Remove(_oldestFirst.Dequeue());
        }
    }

    private sealed class SameContent : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? one, byte[]? other) => one.AsSpan().SequenceEqual(other);

        public int GetHashCode(byte[] content)
        {
            var hash = default(HashCode);
            hash.AddBytes(content);
            return hash.ToHashCode();
        }
    }
}
