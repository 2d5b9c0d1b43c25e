using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Benchmarks.Measuring;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>Our engine at both ends.</summary>
internal sealed class EnginePair : IPair
{
    private readonly Wire _toServer = new();
    private readonly Wire _toClient = new();
    private readonly PairLoop _loop = new();
    private readonly Sink _clientSink = new();
    private readonly Sink _serverSink = new();
    private readonly TlsConnection _client;
    private readonly TlsConnection _server;
    private readonly IBufferedProtocol _clientEnd;
    private readonly IBufferedProtocol _serverEnd;
    private readonly WireTransport _clientTransport;
    private readonly WireTransport _serverTransport;

    public EnginePair(EngineOptions options)
    {
        (_client, _clientEnd) = Make(
            options.Counted == PairEnd.Client,
            loop => new TlsConnection(loop, _clientSink, BouncyCastleCore.CreateClient(options.Client), options.Client));
        (_server, _serverEnd) = Make(
            options.Counted == PairEnd.Server,
            loop => new TlsConnection(loop, _serverSink, BouncyCastleCore.CreateServer(options.Server), options.Server));
        _clientTransport = new WireTransport(_loop, _toClient, _toServer) { Protocol = _clientEnd };
        _serverTransport = new WireTransport(_loop, _toServer, _toClient) { Protocol = _serverEnd, Peer = _clientTransport };
        _clientTransport.Peer = _serverTransport;
    }

    public (SslProtocols Protocol, TlsCipherSuite Suite) Negotiated =>
        _client.Session is { } session ? (session.Protocol, session.CipherSuite) : default;

    public long WireBytes => _toServer.Total + _toClient.Total;

    public void Handshake()
    {
        _serverEnd.ConnectionMade(_serverTransport);
        _clientEnd.ConnectionMade(_clientTransport);
        _loop.RunUntilIdle();
        WrongResultException.ThrowUnless(
            _client.Handshake.IsCompletedSuccessfully && _server.Handshake.IsCompletedSuccessfully, "The handshake did not complete.");
    }

    public void Transfer(bool fromClient, ReadOnlyMemory<byte> message, Memory<byte> received)
    {
        var sink = fromClient ? _serverSink : _clientSink;
        sink.Room = received;
        sink.Left = message.Length;
        (fromClient ? _client : _server).Transport.Write(message.Span);
        _loop.RunUntilIdle();
        WrongResultException.ThrowUnless(sink.Left == 0, "The message did not arrive whole.");
    }

    public void Dispose()
    {
        _client.Transport.Abort();
        _server.Transport.Abort();
        _clientEnd.ConnectionLost(null);
        _serverEnd.ConnectionLost(null);
        _loop.RunUntilIdle();
    }

    /// <summary>A connection, and what its transport takes for it: itself, or what counts its work.</summary>
    private (TlsConnection Connection, IBufferedProtocol End) Make(bool isCounted, Func<IEventLoop, TlsConnection> make)
    {
        if (!isCounted)
        {
            var plain = make(_loop);
            return (plain, plain);
        }

        var end = new CountedEnd(_loop);
        var connection = CountedEnd.Count(() => make(end));
        end.Connection = connection;
        return (connection, end);
    }

    /// <summary>The application: puts what arrives where the transfer wants it.</summary>
    private sealed class Sink : IBufferedProtocol
    {
        public Memory<byte> Room { get; set; }

        public int Left { get; set; }

        public void ConnectionMade(ITransport transport) { }

        public Memory<byte> GetBuffer(int sizeHint) => Room;

        public void BufferUpdated(int count)
        {
            Room = Room[count..];
            Left -= count;
        }

        public bool EofReceived() => false;

        public void ConnectionLost(Exception? exception) { }

        public void PauseWriting() { }

        public void ResumeWriting() { }
    }
}
