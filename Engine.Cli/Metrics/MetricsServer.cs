using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TlsFsm.Cli.Failures;
using TlsFsm.Cli.Http;

namespace TlsFsm.Cli.Metrics;

/// <summary>Answers GET requests on the loopback interface, in the clear: for a scraper and a browser beside the server.</summary>
internal sealed class MetricsServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly IReadOnlyDictionary<string, (string Type, Func<string> Write)> _pages;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _serving;

    /// <param name="port">0 for a free one.</param>
    /// <param name="pages">Content types and contents by path.</param>
    /// <exception cref="CliException">The port cannot be listened on.</exception>
    public MetricsServer(int port, IReadOnlyDictionary<string, (string Type, Func<string> Write)> pages)
    {
        _pages = pages;
        _listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            _listener.Start();
        }
        catch (SocketException exception)
        {
            throw new CliException($"--metrics: {Failure.Explain(exception, $"127.0.0.1:{port}").Message}", ExitCode.Io, exception);
        }

        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _serving = ServeAsync();
    }

    /// <summary>Where it listens, with the real port.</summary>
    public IPEndPoint EndPoint { get; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stopping.Dispose();
    }

    /// <summary>One after the other: who asks is a scraper, and what stands still is cut.</summary>
    private async Task ServeAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                patience.CancelAfter(Patience);
                await AnswerAsync(client.GetStream(), patience.Token);
            }
            catch (Exception exception) when (
                exception is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // Who asked has gone, or took too long; or the server stops.
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var (head, buffer) = (new HeadCollector(), new byte[4096]);
        while (head.Status == HeadStatus.Incomplete)
        {
            var count = await stream.ReadAsync(buffer, cancellationToken);
            if (count == 0)
                return;

            head.Add(buffer.AsSpan(0, count));
        }

        var request = Encoding.ASCII.GetString(head.Bytes).Split('\n')[0].Split(' ');
        var (status, type, content) = head.Status != HeadStatus.Complete || request.Length < 2 || request[0] != "GET"
            ? ("400 Bad Request", "text/plain", "Only GET is answered here.\n")
            : _pages.TryGetValue(request[1].Split('?')[0], out var page)
                ? ("200 OK", page.Type, page.Write())
                : ("404 Not Found", "text/plain", $"There are {string.Join(" and ", _pages.Keys)}.\n");
        var body = Encoding.UTF8.GetBytes(content);
        var answer = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status}\r\nContent-Type: {type}; charset=utf-8\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), cancellationToken);
        await stream.WriteAsync(body, cancellationToken);
    }

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
}
