using System.Net;
using System.Net.Sockets;

namespace TlsFsm.Hosting.Connections;

/// <summary>Connects sockets.</summary>
internal static class Dialer
{
    /// <summary>A socket that is connected to the first address that answers.</summary>
    public static async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        var failures = new List<(IPAddress Address, SocketException Exception)>();
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return socket;
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                failures.Add((address, exception));
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        if (failures.Count == 0)
            throw new SocketException((int)SocketError.HostNotFound, $"The name '{host}' has no address.");

        var tries = string.Join("; ", failures.Select(failure => $"{failure.Address}: {failure.Exception.Message}"));
        throw new SocketException((int)failures[^1].Exception.SocketErrorCode, $"Could not connect to {host} port {port} ({tries}).");
    }
}
