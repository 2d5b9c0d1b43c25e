namespace TlsFsm.Buffers;

/// <summary>
/// What the application wrote and TLS has not yet taken: the time before the handshake finished. Keeps where one write ends and
/// the next begins, because each write becomes records of its own; keeps copies, because the caller may reuse its buffer.
/// </summary>
internal sealed class WriteBacklog
{
    private readonly MemoryBio _bytes = new();
    private readonly Queue<int> _lengths = new();

    /// <summary>How many bytes wait.</summary>
    public int Size => _bytes.Pending;

    /// <summary>Whether no write waits. An empty write counts as one.</summary>
    public bool IsEmpty => _lengths.Count == 0;

    /// <summary>Appends a copy of one write, which may be empty.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        _bytes.Write(data);
        _lengths.Enqueue(data.Length);
    }

    /// <summary>The oldest write. Valid until it is removed or another is appended.</summary>
    /// <exception cref="InvalidOperationException">No write waits.</exception>
    public ReadOnlySpan<byte> First => _bytes.Readable[.._lengths.Peek()];

    /// <summary>All writes as one. Valid until one is removed or appended.</summary>
    public ReadOnlySpan<byte> All => _bytes.Readable;

    /// <summary>Removes the oldest write.</summary>
    /// <exception cref="InvalidOperationException">No write waits.</exception>
    public void RemoveFirst() => _bytes.Consume(_lengths.Dequeue());

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _bytes.Clear();
        _lengths.Clear();
        _lengths.TrimExcess();
    }
}
