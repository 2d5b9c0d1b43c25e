using System.IO.Pipelines;
using TlsFsm.Hosting.Pipes;

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
        PipeEnds.Check(stream);
        _stream = stream;
    }

    /// <summary>Completes when the caller may use it again.</summary>
    public Task Released => _transport?.Released ?? Task.CompletedTask;

    /// <summary>For a caller that waits for the handshake.</summary>
    public PipeTransport Start(IProtocol protocol, IEventLoop loop, PipeTransportOptions? options) => _transport = PipeTransport.Start(
        () => _pipe is not null ? PipeEnds.Of(_pipe) : PipeEnds.Of(_stream!), protocol, loop, options, callerWaits: true);
}
