using System.Net;
using System.Net.Sockets;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.Serving;

/// <summary>
/// Where one run listens: on one address, or by default on both loopback addresses with one port, because a client that connects to
/// <c>localhost</c> may try <c>::1</c> first.
/// </summary>
internal sealed class Listeners : IAsyncDisposable
{
    // So many free ports of 127.0.0.1 that are taken on ::1 are no chance.
    private const int MaxAttempts = 10;

    private readonly TlsListener[] _all;

    private Listeners(params TlsListener[] all) => _all = all;

    /// <summary>All addresses, as text.</summary>
    public string EndPoints => string.Join(" and ", _all.Select(one => one.LocalEndPoint));

    /// <param name="address">Null: both loopback addresses, or 127.0.0.1 where there is no IPv6.</param>
    /// <param name="port">0: a free one.</param>
    /// <param name="start">Starts a listener.</param>
    /// <exception cref="CliException">What <paramref name="start"/> threw.</exception>
    public static async Task<Listeners> StartAsync(IPAddress? address, int port, Func<IPEndPoint, TlsListener> start)
    {
        if (address is not null)
            return new Listeners(start(new IPEndPoint(address, port)));

        for (var attempt = 1; ; attempt++)
        {
            var first = start(new IPEndPoint(IPAddress.Loopback, port));
            try
            {
                return new Listeners(first, start(new IPEndPoint(IPAddress.IPv6Loopback, first.LocalEndPoint.Port)));
            }
            catch (CliException exception) when (exception.InnerException is SocketException
                { SocketErrorCode: SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable })
            {
                return new Listeners(first);
            }
            catch (CliException exception) when (port == 0 && attempt < MaxAttempts && exception.InnerException is SocketException
                { SocketErrorCode: SocketError.AddressAlreadyInUse })
            {
                await first.DisposeAsync();
            }
            catch
            {
                await first.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Takes other options, for connections from now on.</summary>
    /// <exception cref="ArgumentException">One makes no sense; the old ones stay in use.</exception>
    public void UseOptions(TlsServerOptions options)
    {
        foreach (var one in _all)
            one.UseOptions(options);
    }

    /// <summary>Takes no more connections, and comes back when those that are open have ended, or are cut.</summary>
    public Task StopAsync(CancellationToken patience) => Task.WhenAll(_all.Select(one => one.StopAsync(patience)));

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _all)
            await one.DisposeAsync();
    }
}
