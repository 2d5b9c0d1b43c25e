namespace TlsFsm;

/// <summary>
/// A protocol that supplies the buffers that incoming bytes are put into (<c>asyncio.BufferedProtocol</c>): one copy fewer, and
/// never more at once than it has room for.
/// </summary>
public interface IBufferedProtocol : IProtocol
{
    /// <summary>A buffer for the bytes that are about to be delivered. <see cref="BufferUpdated"/> follows before the next call.</summary>
    /// <param name="sizeHint">How many bytes are expected to be at hand, at least 1. A smaller or larger buffer is fine.</param>
    /// <returns>A buffer of at least one byte; an empty one is a contract violation and fails the connection.</returns>
    Memory<byte> GetBuffer(int sizeHint);

    /// <summary>Bytes were put at the beginning of the buffer that <see cref="GetBuffer"/> returned.</summary>
    /// <param name="count">How many, at least 1.</param>
    void BufferUpdated(int count);

    /// <summary>For transports that only know streaming protocols: copies through <see cref="GetBuffer"/>, as often as needed.</summary>
    /// <exception cref="InvalidOperationException"><see cref="GetBuffer"/> returned an empty buffer.</exception>
    void IProtocol.DataReceived(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var buffer = GetBuffer(data.Length).Span;
            if (buffer.IsEmpty)
                throw new InvalidOperationException($"{GetType().Name}.{nameof(GetBuffer)} returned an empty buffer.");

            var count = Math.Min(buffer.Length, data.Length);
            data[..count].CopyTo(buffer);
            data = data[count..];
            BufferUpdated(count);
        }
    }
}
