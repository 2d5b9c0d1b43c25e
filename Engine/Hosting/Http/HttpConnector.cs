using System.Net;
using System.Net.Http;

namespace TlsFsm.Hosting.Http;

/// <summary>Opens the connections of a handler: plain ones, ours, and ours through a proxy.</summary>
/// <param name="handler">Whose connections they are.</param>
/// <param name="hosts">Our side of TLS to servers.</param>
/// <param name="proxies">Our side of TLS to proxies.</param>
/// <param name="proxy">Null: none is used.</param>
/// <param name="connect">Opens what is below.</param>
internal sealed class HttpConnector(
    SocketsHttpHandler handler, HttpOptions hosts, HostOptions proxies, TunnelledProxy? proxy,
    Func<DnsEndPoint, CancellationToken, ValueTask<Stream>> connect)
{
    /// <summary>The handler's callback.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        // A proxy that the handler knows and we do not: it would do a TLS of its own in the tunnel, and nobody would notice.
        if (handler.UseProxy && (proxy is null || !ReferenceEquals(handler.Proxy, proxy)))
            throw new InvalidOperationException(
                $"The handler's proxy was set behind {nameof(SocketsHttpHandlerExtensions.UseTlsFsm)}, which must be called last.");

        var (endPoint, request) = (context.DnsEndPoint, context.InitialRequestMessage);
        var uri = request.RequestUri!;
        if (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeWss)
            return proxy is not null && proxy.IsSecure(endPoint)
                ? await SecureAsync(await connect(endPoint, cancellationToken), proxies.For(endPoint.Host), cancellationToken)
                : await connect(endPoint, cancellationToken);

        var below = proxy?.For(uri) is { } through
            ? await TunnelAsync(through, endPoint, cancellationToken)
            : await connect(endPoint, cancellationToken);
        var stream = await SecureAsync(below, hosts.For(request), cancellationToken);
        if (!HttpOptions.IsAsked(request))
            return new HttpTlsStream(stream, stream);

        try
        {
            return await Masquerade.AsAgreedAsync(stream, cancellationToken);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private async Task<Stream> TunnelAsync(Uri through, DnsEndPoint server, CancellationToken cancellationToken)
    {
        var isSecure = through.Scheme == Uri.UriSchemeHttps;
        if (!isSecure && through.Scheme != Uri.UriSchemeHttp)
            throw new NotSupportedException($"A proxy of http or https is used here, not '{through.Scheme}' ({through.IdnHost}).");

        var stream = await connect(new DnsEndPoint(through.IdnHost, through.Port), cancellationToken);
        if (isSecure)
            stream = await SecureAsync(stream, proxies.For(through.IdnHost), cancellationToken);
        try
        {
            await ProxyTunnel.OpenAsync(stream, server, proxy!.CredentialFor(through), cancellationToken);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }

        return stream;
    }

    // Below is disposed of with it, and when the handshake fails.
    private static async Task<TlsStream> SecureAsync(Stream below, TlsClientOptions options, CancellationToken cancellationToken) =>
        await TlsClient.OpenStreamAsync(below, options, cancellationToken: cancellationToken);
}
