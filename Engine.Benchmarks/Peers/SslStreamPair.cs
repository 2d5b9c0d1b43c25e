using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Benchmarks.Measuring;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>SslStream at both ends, used as cheaply as it can be: synchronous calls that never have to wait.</summary>
internal sealed class SslStreamPair : IPair
{
    private readonly Wire _toServer = new();
    private readonly Wire _toClient = new();
    private readonly SslStreamOptions _options;
    private readonly SslStream _client;
    private readonly SslStream _server;

    public SslStreamPair(SslStreamOptions options)
    {
        _options = options;
        var (client, server) = WireStream.Pair(_toServer, _toClient);
        _client = new SslStream(client);
        _server = new SslStream(server);
    }

    public (SslProtocols Protocol, TlsCipherSuite Suite) Negotiated => (_client.SslProtocol, _client.NegotiatedCipherSuite);

    public long WireBytes => _toServer.Total + _toClient.Total;

    public void Handshake()
    {
        var server = _server.AuthenticateAsServerAsync(_options.Server);
        var client = _client.AuthenticateAsClientAsync(_options.Client);
        WrongResultException.ThrowUnless(client.IsCompleted && server.IsCompleted, "The handshake waits for something.");
        client.GetAwaiter().GetResult();
        server.GetAwaiter().GetResult();
    }

    public void Transfer(bool fromClient, ReadOnlyMemory<byte> message, Memory<byte> received)
    {
        (fromClient ? _client : _server).Write(message.Span);
        (fromClient ? _server : _client).ReadExactly(received.Span[..message.Length]);
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }
}
