using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace TlsFsm.Samples.SmtpStartTls;

/// <summary>Accepts mail over TLS only, and prints it.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly TlsServerOptions _options;
    private readonly TextWriter _output;
    private readonly int _maxSessions;
    private readonly ConcurrentDictionary<Task, byte> _sessions = new();
    private readonly ConcurrentDictionary<LineChannel, byte> _channels = new();
    private readonly Task _accepting;

    private SmtpServer(IPEndPoint endPoint, TlsCredential credential, TextWriter output, int maxSessions)
    {
        _maxSessions = maxSessions;
        _options = new TlsServerOptions { Credential = credential };
        _output = TextWriter.Synchronized(output);
        _socket.Bind(endPoint);
        _socket.Listen();
        LocalEndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _accepting = Task.Run(AcceptAsync);
    }

    public IPEndPoint LocalEndPoint { get; }

    /// <param name="endPoint">Where to listen.</param>
    /// <param name="credential">The server's.</param>
    /// <param name="output">Told of mails, and of sessions that failed.</param>
    /// <param name="maxSessions">How many there may be at once; for one more, that which has been silent for longest makes room.</param>
    public static SmtpServer Start(IPEndPoint endPoint, TlsCredential credential, TextWriter output, int maxSessions = 100) =>
        new(endPoint, credential, output, maxSessions);

    /// <summary>
    /// Accepts no more, and waits for the sessions that run: each ends by itself, at the latest when its client says nothing for too long.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _accepting;
        await Task.WhenAll(_sessions.Keys);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _socket.AcceptAsync();
            }
            catch (Exception exception) when (exception is ObjectDisposedException
                or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException exception)
            {
                // A client that has gone again, or no handle left for it: the next one may have more luck, in a moment.
                await _output.WriteLineAsync($"not accepted: {exception.Message}");
                await Task.Delay(TimeSpan.FromMilliseconds(100));
                continue;
            }

            if (_sessions.Count >= _maxSessions
                && _channels.Keys.MinBy(channel => channel.LastLine) is { } silent && _channels.TryRemove(silent, out _))
                silent.Abort();

            // Those that make room have not all gone yet; a multitude is turned away until they have.
            if (_sessions.Count >= 2 * _maxSessions)
            {
                socket.Dispose();
                continue;
            }

            var session = ServeAsync(socket);
            _sessions.TryAdd(session, 0);
            _ = session.ContinueWith(done => _sessions.TryRemove(done, out _), TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var channel = await LineChannel.OpenAsync(socket, SmtpSession.Patience);
            _channels.TryAdd(channel, 0);
            try
            {
                await new SmtpSession(channel, _options, _output).RunAsync();
            }
            finally
            {
                _channels.TryRemove(channel, out _);
            }
        }
        catch (TlsException exception)
        {
            await _output.WriteLineAsync($"refused ({exception.Reason}): {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or TimeoutException)
        {
            await _output.WriteLineAsync($"lost: {exception.Message}");
        }
    }
}
