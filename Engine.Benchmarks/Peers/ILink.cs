namespace TlsFsm.Benchmarks.Peers;

/// <summary>A TLS connection over loopback TCP, both ends in this process.</summary>
internal interface ILink : IAsyncDisposable
{
    /// <summary>The client writes a number of messages, as fast as they are taken; completes when the server has read all.</summary>
    Task UploadAsync(ReadOnlyMemory<byte> message, int count);

    /// <summary>The client writes a message, the server sends it back; completes when it is there again.</summary>
    Task EchoAsync(ReadOnlyMemory<byte> message, Memory<byte> received);
}
