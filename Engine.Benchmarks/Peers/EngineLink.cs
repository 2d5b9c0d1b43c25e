namespace TlsFsm.Benchmarks.Peers;

/// <summary>Our engine over socket transports at both ends, each with a loop of its own.</summary>
internal sealed class EngineLink : ILink
{
    private readonly Application _client = new();
    private readonly Application _server = new();

    public static async Task<ILink> OpenAsync(EngineOptions options)
    {
        var link = new EngineLink();
        var (client, server) = await LoopbackSockets.ConnectAsync();
        link._server.Start(
            loop => new TlsConnection(loop, link._server, BouncyCastleCore.CreateServer(options.Server), options.Server), server);
        link._client.Start(
            loop => new TlsConnection(loop, link._client, BouncyCastleCore.CreateClient(options.Client), options.Client), client);
        await Task.WhenAll(link._client.Connection!.Handshake, link._server.Connection!.Handshake);
        return link;
    }

    public Task UploadAsync(ReadOnlyMemory<byte> message, int count)
    {
        var arrived = _server.Expect((long)message.Length * count, default, isEcho: false);
        _client.Send(message, count);
        return arrived;
    }

    public async Task EchoAsync(ReadOnlyMemory<byte> message, Memory<byte> received)
    {
        var served = _server.Expect(message.Length, default, isEcho: true);
        var arrived = _client.Expect(message.Length, received, isEcho: false);
        _client.Send(message, 1);
        await arrived;
        await served;
    }

    public async ValueTask DisposeAsync()
    {
        _client.End();
        _server.End();
        await Task.WhenAll(_client.Lost, _server.Lost);
    }

    private sealed class Application : IProtocol
    {
        private readonly SerialEventLoop _loop = new();
        private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource _arrived = new();
        private Memory<byte> _received;
        private ReadOnlyMemory<byte> _message;
        private long _expected;
        private int _toSend;
        private bool _isEcho;
        private bool _isPaused;

        public TlsConnection? Connection { get; private set; }

        public Task Lost => _lost.Task;

        public void Start(Func<IEventLoop, TlsConnection> create, System.Net.Sockets.Socket socket)
        {
            Connection = create(_loop);
            SocketTransport.Start(socket, Connection, _loop);
        }

        public Task Expect(long count, Memory<byte> received, bool isEcho)
        {
            // Whoever awaits goes on in the very callback, as with a stream whose read has completed.
            _arrived = new TaskCompletionSource();
            (_expected, _received, _isEcho) = (count, received, isEcho);
            return _arrived.Task;
        }

        public void Send(ReadOnlyMemory<byte> message, int count)
        {
            (_message, _toSend) = (message, count);
            _loop.CallSoon(static self => ((Application)self!).Pump(), this);
        }

        public void End() => _loop.CallSoon(static self => ((Application)self!).Connection!.Transport.Abort(), this);

        public void ConnectionMade(ITransport transport) { }

        public void DataReceived(ReadOnlySpan<byte> data)
        {
            if (_isEcho)
                Connection!.Transport.Write(data);
            if (!_received.IsEmpty)
            {
                data.CopyTo(_received.Span);
                _received = _received[data.Length..];
            }

            _expected -= data.Length;
            if (_expected == 0)
                _arrived.TrySetResult();
        }

        public bool EofReceived() => false;

        public void ConnectionLost(Exception? exception)
        {
            _arrived.TrySetException(exception ?? new IOException("The connection was lost."));
            _ = _arrived.Task.Exception;
            _lost.TrySetResult();
        }

        public void PauseWriting() => _isPaused = true;

        public void ResumeWriting()
        {
            _isPaused = false;
            Pump();
        }

        private void Pump()
        {
            while (_toSend > 0 && !_isPaused)
            {
                _toSend--;
                Connection!.Transport.Write(_message.Span);
            }
        }
    }
}
