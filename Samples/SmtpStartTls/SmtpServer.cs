using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace TlsFsm.Samples.SmtpStartTls;

/// <summary>Accepts mail over TLS only, and prints it.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private const int MaxSessions = 100;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly TlsServerOptions _options;
    private readonly TextWriter _output;
    private readonly ConcurrentDictionary<Task, byte> _sessions = new();
    private readonly Task _accepting;

    private SmtpServer(IPEndPoint endPoint, TlsCredential credential, TextWriter output)
    {
        _options = new TlsServerOptions { Credential = credential };
        _output = TextWriter.Synchronized(output);
        _socket.Bind(endPoint);
        _socket.Listen();
        LocalEndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _accepting = Task.Run(AcceptAsync);
    }

    public IPEndPoint LocalEndPoint { get; }

    public static SmtpServer Start(IPEndPoint endPoint, TlsCredential credential, TextWriter output) => new(endPoint, credential, output);

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
        try
        {
            while (true)
            {
                var socket = await _socket.AcceptAsync();
                if (_sessions.Count >= MaxSessions)
                {
                    socket.Dispose();
                    continue;
                }

                var session = ServeAsync(socket);
                _sessions.TryAdd(session, 0);
                _ = session.ContinueWith(done => _sessions.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            // Stopped, which is the only way for the listening socket to fail.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var channel = await LineChannel.OpenAsync(socket, SmtpSession.Patience);
            await new SmtpSession(channel, _options, _output).RunAsync();
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
