using System.IO.Pipelines;
using TlsFsm.Hosting.Streams;

namespace TlsFsm.Hosting.Connections;

/// <summary>What a caller wants a connection to run over: a duplex pipe or a stream.</summary>
internal sealed class PipeCarrier
{
    private readonly IDuplexPipe? _pipe;
    private readonly Stream? _stream;
    private PipeTransport? _transport;

    public PipeCarrier(IDuplexPipe pipe)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        _pipe = pipe;
    }

    public PipeCarrier(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        PipeTransport.Check(stream);
        _stream = stream;
    }

    /// <summary>Completes when the caller may use it again.</summary>
    public Task Released => _transport?.Released ?? Task.CompletedTask;

    public PipeTransport Start(IProtocol protocol, IEventLoop loop, PipeTransportOptions? options) => _transport = _pipe is not null
        ? PipeTransport.Start(_pipe, protocol, loop, options)
        : PipeTransport.Start(_stream!, protocol, loop, options);

    /// <summary>A stream over a prepared connection, after its handshake.</summary>
    public async Task<TlsStream> OpenAsync(HostedConnection prepared, StreamProtocol protocol, CancellationToken cancellationToken)
    {
        var connection = await prepared.HandshakeAsync(this, cancellationToken);
        return new TlsStream(connection, protocol, Released);
    }
}
