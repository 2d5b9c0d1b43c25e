using System.Net.Sockets;
using System.Text;

namespace TlsFsm.Samples;

/// <summary>
/// A conversation in lines over one socket: in the clear at first, over TLS after an upgrade, in the clear again if both sides agree to.
/// One reader and one writer at a time, from any thread.
/// </summary>
internal sealed class LineChannel : IAsyncDisposable
{
    /// <summary>Bytes of one line with its end; SMTP asks for 512 (RFC 5321 section 4.5.3.1.4), 1,000 in a message.</summary>
    public const int MaxLine = 4096;

    // What a peer may send ahead before it is paused.
    private const int MaxWaiting = 64 * 1024;

    // A peer that does not take what is left for it, or does not answer our close, is cut after this.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly SerialEventLoop _loop = new();
    private readonly Lock _gate = new();
    private readonly MemoryBio _received = new();
    private readonly TimeSpan _patience;
    private TaskCompletionSource _news = NewSource();
    private bool _isEnded;
    private Exception? _failure;

    // On the loop: who speaks on the socket now.
    private Layer _layer;
    private bool _isPaused;

    // The peer does not take our answers: it gets no more of them before it does.
    private bool _isPeerBehind;
    private long _lastLine = Environment.TickCount64;

    private LineChannel(TimeSpan patience)
    {
        _patience = patience;
        _layer = new Layer(this);
    }

    /// <summary>The TLS connection of the last upgrade; null before.</summary>
    public TlsConnection? Tls { get; private set; }

    /// <summary>When the last line was read, in milliseconds since some time that all channels share.</summary>
    public long LastLine => Interlocked.Read(ref _lastLine);

    /// <summary>Takes over a connected socket.</summary>
    /// <param name="socket">Closed by the channel.</param>
    /// <param name="patience">How long one line may take to arrive.</param>
    public static async Task<LineChannel> OpenAsync(Socket socket, TimeSpan patience)
    {
        var channel = new LineChannel(patience);
        var made = channel._layer.Made;
        SocketTransport.Start(socket, channel._layer, channel._loop);
        await made;
        return channel;
    }

    /// <returns>The line without its end; null when the peer has ended in order.</returns>
    /// <exception cref="IOException">The line is too long, or the connection was lost.</exception>
    /// <exception cref="TimeoutException">No line came in time.</exception>
    public async Task<string?> ReadLineAsync()
    {
        // For the whole line: who sends it byte by byte is not given more.
        using var patience = new CancellationTokenSource(_patience);
        while (true)
        {
            Task news;
            lock (_gate)
            {
                if (!_isPeerBehind && TakeLine() is { } line)
                {
                    Interlocked.Exchange(ref _lastLine, Environment.TickCount64);
                    return line;
                }

                if (_failure is { } failure)
                    throw new IOException(failure.Message, failure);
                if (_isEnded)
                    return null;

                news = _news.Task;
            }

            Post(ReadOn);
            try
            {
                await news.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"No line came within {_patience.TotalSeconds:0} seconds, or the peer takes no answers.");
            }
        }
    }

    /// <summary>Ends the conversation now. Whoever waits for a line is told.</summary>
    public void Abort() => Post(() => (_layer.Transport ?? Tls?.Transport)?.Abort());

    /// <summary>Sends a line.</summary>
    public void WriteLine(string line) => Post(() => _layer.Transport?.Write(Bytes(line)));

    /// <summary>
    /// Upgrades to TLS. What has arrived and was not read is refused: it came in the clear, and would be taken for what the peer says under
    /// TLS.
    /// </summary>
    /// <param name="core">The client's or the server's side.</param>
    /// <param name="options">The same options that the core was made with.</param>
    /// <param name="answer">A server's permission to begin, sent before anything else can arrive: what comes after it is TLS.</param>
    /// <exception cref="TlsException">
    /// The upgrade was refused (<see cref="CloseReason.PlaintextInjection"/>), or the handshake failed.
    /// </exception>
    public async Task StartTlsAsync(ITlsCore core, TlsConnectionOptions options, string? answer = null)
    {
        var connection = await AskAsync(() =>
        {
            var plain = (ISwitchableTransport)_layer.Transport!;
            if (answer is not null)
                plain.Write(Bytes(answer));

            _layer = new Layer(this);
            return Tls = TlsConnection.Upgrade(plain, _loop, _layer, core, options, TakeReceived());
        });
        try
        {
            await connection.Handshake;
        }
        catch (Exception exception)
        {
            await AskAsync(() => _layer.GiveUp(exception));
            throw;
        }
    }

    /// <summary>
    /// The peer may say close_notify from now on, and the conversation then goes on in the clear. Without it that is the end.
    /// </summary>
    public Task ExpectPlaintextAsync() => AskAsync(() => _layer.Successor ??= new Layer(this));

    /// <summary>The conversation goes on under TLS after all.</summary>
    public Task ForgetPlaintextAsync() => AskAsync(() => _layer.Successor = null);

    /// <summary>Goes on in the clear, once both sides have said close_notify. After <see cref="ExpectPlaintextAsync"/>.</summary>
    /// <exception cref="IOException">The peer did not say close_notify.</exception>
    public async Task StopTlsAsync()
    {
        var (made, lost) = await AskAsync(() =>
        {
            var tls = _layer;

            // The peer may have been faster: then the successor is in place, or on its way.
            if (tls.Successor is not { } next)
                return (tls.Made, tls.Lost);

            Tls!.Unwrap(next);
            return (next.Made, tls.Lost);
        });
        await Task.WhenAny(made, lost);
        if (!made.IsCompletedSuccessfully)
            throw new IOException("The connection ended instead of going on in the clear.", await lost);
    }

    /// <summary>Ends the conversation in order, and waits until it has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        var lost = await AskAsync(() =>
        {
            _layer.Transport?.Close();
            return _layer.Lost;
        });
        try
        {
            await lost.WaitAsync(Farewell);
        }
        catch (TimeoutException)
        {
            Abort();
            await lost;
        }
    }

    private void Take(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            _received.Write(data);
            _isPaused |= _received.Pending > MaxWaiting;
            if (_isPaused)
                _layer.Transport!.PauseReading();
        }

        Announce();
    }

    private void ReadOn()
    {
        lock (_gate)
        {
            if (!_isPaused || _received.Pending > MaxWaiting)
                return;

            _isPaused = false;
        }

        _layer.Transport?.ResumeReading();
    }

    private void SetBehind(bool isBehind)
    {
        lock (_gate)
            _isPeerBehind = isBehind;
        Announce();
    }

    private void End(Exception? failure)
    {
        lock (_gate)
        {
            _isEnded = true;
            _failure ??= failure;
        }

        Announce();
    }

    private void Announce()
    {
        TaskCompletionSource news;
        lock (_gate)
            (news, _news) = (_news, NewSource());
        news.SetResult();
    }

    private string? TakeLine()
    {
        var waiting = _received.Readable;
        var end = waiting.IndexOf((byte)'\n');
        if (end >= MaxLine || (end < 0 && waiting.Length >= MaxLine))
            throw new IOException($"The peer sent a line of more than {MaxLine} bytes.");
        if (end < 0)
            return null;

        var line = Encoding.Latin1.GetString(waiting[..end].TrimEnd((byte)'\r'));
        _received.Consume(end + 1);
        return line;
    }

    private byte[] TakeReceived()
    {
        lock (_gate)
        {
            var received = _received.Readable.ToArray();
            _received.Clear();
            return received;
        }
    }

    private static byte[] Bytes(string line) => Encoding.Latin1.GetBytes(line + "\r\n");

    private void Post(Action action) => _loop.CallSoon(static action => ((Action)action!)(), action);

    private Task<T> AskAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                answer.SetResult(question());
            }
            catch (Exception exception)
            {
                answer.SetException(exception);
            }
        });
        return answer.Task;
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The conversation's protocol on one transport: the socket, the TLS connection, the socket again.</summary>
    private sealed class Layer(LineChannel channel) : IProtocol
    {
        private readonly TaskCompletionSource _made = NewSource();
        private readonly TaskCompletionSource<Exception?> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Made => _made.Task;

        public Task<Exception?> Lost => _lost.Task;

        public ITransport? Transport { get; private set; }

        /// <summary>Goes on in the clear after this one.</summary>
        public Layer? Successor { get; set; }

        public void ConnectionMade(ITransport transport)
        {
            Transport = transport;
            channel._layer = this;
            _made.SetResult();
        }

        public void DataReceived(ReadOnlySpan<byte> data) => channel.Take(data);

        public bool EofReceived()
        {
            if (Successor is { } next)
                channel.Tls!.Unwrap(next);
            else if (channel._layer == this)
                channel.End(null);
            return false;
        }

        public void ConnectionLost(Exception? exception)
        {
            if (channel._layer == this)
                channel.End(exception);
            _lost.TrySetResult(exception);
        }

        /// <summary>A layer whose handshake failed was never told of a connection, and is not told of its loss.</summary>
        public bool GiveUp(Exception exception)
        {
            channel.End(exception);
            return _lost.TrySetResult(exception);
        }

        public void PauseWriting() => channel.SetBehind(true);

        public void ResumeWriting() => channel.SetBehind(false);
    }
}
