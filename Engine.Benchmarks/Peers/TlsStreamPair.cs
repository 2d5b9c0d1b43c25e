using System.Net.Security;
using System.Security.Authentication;
using Org.BouncyCastle.Tls;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>
/// BouncyCastle's blocking TlsStream at both ends: a thread each for the handshake, one for both afterwards, which never has to wait.
/// </summary>
internal sealed class TlsStreamPair : IPair
{
    private readonly Wire _toServer = new();
    private readonly Wire _toClient = new();
    private readonly RawClient _clientPeer;
    private readonly RawServer _serverPeer;
    private readonly TlsClientProtocol _client;
    private readonly TlsServerProtocol _server;

    public TlsStreamPair(PairSettings settings, RawCrypto crypto)
    {
        var (client, server) = (crypto.Create(), crypto.Create());
        _clientPeer = new RawClient(settings, client);
        _serverPeer = new RawServer(settings, server, context => crypto.Credentials(server, context));
        _client = new TlsClientProtocol(new BlockingStream(_toClient, _toServer));
        _server = new TlsServerProtocol(new BlockingStream(_toServer, _toClient));
    }

    public (SslProtocols Protocol, TlsCipherSuite Suite) Negotiated => _clientPeer.Negotiated is { } parameters
        ? (parameters.NegotiatedVersion.Equals(ProtocolVersion.TLSv13) ? SslProtocols.Tls13 : SslProtocols.None,
            (TlsCipherSuite)parameters.CipherSuite)
        : default;

    public long WireBytes => _toServer.Total + _toClient.Total;

    public void Handshake()
    {
        var server = Task.Run(() => _server.Accept(_serverPeer));
        _client.Connect(_clientPeer);
        server.GetAwaiter().GetResult();
    }

    public void Transfer(bool fromClient, ReadOnlyMemory<byte> message, Memory<byte> received)
    {
        TlsProtocol sender = fromClient ? _client : _server;
        TlsProtocol receiver = fromClient ? _server : _client;
        sender.Stream.Write(message.Span);
        receiver.Stream.ReadExactly(received.Span[..message.Length]);
    }

    public void Dispose()
    {
        _client.Close();
        _server.Close();
    }
}
