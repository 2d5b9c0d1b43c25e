namespace TlsFsm.Soak.Wires;

/// <summary>One end of what connects client and server, seen from in between. One reader and one writer at a time.</summary>
internal interface IWireEnd : IDisposable
{
    /// <summary>Waits for bytes.</summary>
    /// <returns>How many; 0 at the end of the stream.</returns>
    /// <exception cref="IOException">It was reset.</exception>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Waits until all is taken.</summary>
    /// <exception cref="IOException">Nobody is there any more.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>The end of the stream, behind all that was written.</summary>
    void End();

    /// <summary>Both directions are gone at once, and whoever is there is told so.</summary>
    void Reset();
}
