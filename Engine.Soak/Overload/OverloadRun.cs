using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using TlsFsm.Soak.Hosts;
using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Wires;

namespace TlsFsm.Soak.Overload;

/// <summary>
/// A listener beyond its bounds, and what honest clients notice of it: a handshake, an echo and an end in order, one after another, while
/// others storm it, hold its places with half a hello, or have it do handshakes for nothing.
/// </summary>
internal sealed class OverloadRun(int attackers, int samples) : IAsyncDisposable
{
    private readonly Party _party = new(connections: 1000);
    private readonly ConnectionPlan _plan = ConnectionPlan.Of(1, 1, [HostKind.ListenerStream], [WireFault.None]) with
    {
        Version = System.Security.Authentication.SslProtocols.Tls13,
    };

    private TlsListener? _listener;
    private int _served;
    private int _shed;
    private int _most;

    /// <summary>Plays all of it.</summary>
    /// <returns>A table in Markdown, and whether every honest client was served.</returns>
    public async Task<(string Report, bool IsWhole)> RunAsync()
    {
        _listener = TlsListener.Start(
            Party.AnyPort, _party.Server(isHasty: false), () => TlsStream.CreateProtocol(stream => stream.CopyToAsync(stream)), Listening);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"""
            A listener with `MaxConnections` {Listening.MaxConnections}, `MaxHandshakes` {Listening.MaxHandshakes}, `HandshakeGrace` {Listening.HandshakeGrace.TotalSeconds} s, {attackers} attackers, {samples} honest
            connections (handshake, echo, end in order), one after another, all in one process on {Environment.ProcessorCount} processors.

            | meanwhile | honest served | median ms | P99 ms | attackers' handshakes | ended for others | connections at the most |
            |---|---:|---:|---:|---:|---:|---:|

            """);
        var isWhole = true;
        foreach (var (name, attack) in Attacks)
        {
            (_served, _shed, _most) = (0, 0, 0);
            using var over = new CancellationTokenSource();
            var attacks = Enumerable.Range(0, attack is null ? 0 : attackers)
                .Select(_ => Task.Run(() => RepeatAsync(attack!, over.Token), CancellationToken.None)).ToArray();
            var times = await MeasureAsync();
            await over.CancelAsync();
            await Task.WhenAll(attacks);
            isWhole &= times.Count == samples;
            text.Append(CultureInfo.InvariantCulture,
                $"| {name} | {times.Count} of {samples} | {times[times.Count / 2]:0.0} | {times[times.Count * 99 / 100]:0.0} | "
                + $"{_served - samples} | {_shed} | {_most} |\n");
        }

        return (text.ToString(), isWhole);
    }

    public async ValueTask DisposeAsync()
    {
        if (_listener is not null)
            await _listener.DisposeAsync();
        _party.Dispose();
    }

    private TlsListenerOptions Listening => new()
    {
        MaxConnections = 200,
        MaxHandshakes = 100,
        HandshakeGrace = TimeSpan.FromSeconds(2),
        Backlog = 4096,
        ConnectionEnded = (connection, _) =>
        {
            if (connection.Session is not null)
                Interlocked.Increment(ref _served);
            else if (connection.CloseReason == CloseReason.LocalAbort)
                Interlocked.Increment(ref _shed);
        },
    };

    private (string, Func<CancellationToken, Task>?)[] Attacks =>
    [
        ("nothing", null),
        ("an accept storm: connected and reset at once", StormAsync),
        ("slowloris: half a hello, and no more", SlowlorisAsync),
        ("handshakes for nothing: a full one, then reset", HandshakeAsync),
    ];

    private async Task<List<double>> MeasureAsync()
    {
        var times = new List<double>();
        for (var i = 0; i < samples; i++)
        {
            var clock = Stopwatch.StartNew();
            try
            {
                await using var stream = await TlsClient.OpenStreamAsync(
                    "localhost", Port, _party.Client(_plan) with { SessionCache = null });
                await stream.WriteAsync(Payload);
                await stream.ReadExactlyAsync(new byte[Payload.Length]);
                times.Add(clock.Elapsed.TotalMilliseconds);
            }
            catch (IOException exception)
            {
                await Console.Error.WriteLineAsync($"An honest client was not served: {exception.Message}");
            }

            _most = Math.Max(_most, _listener!.ConnectionCount);
        }

        times.Sort();
        return times;
    }

    private static async Task RepeatAsync(Func<CancellationToken, Task> attack, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                await attack(over);
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // Shed, reset or over: what attackers live with.
            }
        }
    }

    private async Task StormAsync(CancellationToken over)
    {
        using var socket = SocketWires.Tcp();
        await socket.ConnectAsync("127.0.0.1", Port, over);
        socket.Close(0);
        await Task.Delay(10, over);
    }

    private async Task SlowlorisAsync(CancellationToken over)
    {
        using var socket = SocketWires.Tcp();
        await socket.ConnectAsync("127.0.0.1", Port, over);
        await socket.SendAsync(HalfHello, over);

        // Until it is thrown out.
        await socket.ReceiveAsync(new byte[1], over);
    }

    private async Task HandshakeAsync(CancellationToken over)
    {
        var socket = SocketWires.Tcp();
        await socket.ConnectAsync("127.0.0.1", Port, over);
        await using var stream = await TlsClient.OpenStreamAsync(
            socket, _party.Client(_plan) with { SessionCache = null }, cancellationToken: over);
        socket.Close(0);
    }

    private int Port => _listener!.LocalEndPoint.Port;

    private static readonly byte[] Payload = new byte[1024];

    // A record of 512 bytes with the beginning of a ClientHello of 508.
    private static readonly byte[] HalfHello = [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3];
}
