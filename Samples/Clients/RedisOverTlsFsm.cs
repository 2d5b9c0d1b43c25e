using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace TlsFsm.Samples.Clients;

/// <summary>
/// StackExchange.Redis over TlsFsm: <c>configuration.Tunnel = new RedisOverTlsFsm(options)</c>, with <c>Ssl</c> left false.
/// </summary>
/// <param name="options">
/// Our side of TLS. Without a <see cref="TlsClientOptions.TargetHost"/> it is the host of the end point that is connected to.
/// </param>
public sealed class RedisOverTlsFsm(TlsClientOptions options) : Tunnel
{
    /// <inheritdoc/>
    public override async ValueTask<Stream?> BeforeAuthenticateAsync(
        EndPoint endpoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken)
    {
        var host = (endpoint as DnsEndPoint)?.Host ?? (endpoint as IPEndPoint)?.Address.ToString();
        return await TlsClient.OpenStreamAsync(
            socket!, options.TargetHost is null ? options with { TargetHost = host } : options, cancellationToken: cancellationToken);
    }
}
