namespace TlsFsm.Buffers;

/// <summary>
/// Where the bytes of a <see cref="MemoryBio"/> are to go in the end, and can be put at once: the memory of the transport below. A copy
/// fewer than through the BIO. Called on the connection's loop, and nothing calls back out of it but <see cref="Settle"/>.
/// </summary>
internal interface IBioTarget
{
    /// <summary>Room behind the bytes that were put there before. <see cref="Commit"/> follows before anything else is asked.</summary>
    /// <param name="size">At least 1.</param>
    /// <returns>At least so many bytes; empty when what comes now has to wait, or nobody wants it any more.</returns>
    Memory<byte> GetRoom(int size);

    /// <summary>Counts bytes at the beginning of the room as written.</summary>
    void Commit(int count);

    /// <summary>The last of a row has been committed: time for flow control, which may come back.</summary>
    void Settle();
}
