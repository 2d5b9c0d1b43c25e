using System.Net;
using System.Net.Http;
using System.Net.Security;
using TlsFsm.Hosting.Connections;
using TlsFsm.Hosting.Http;

namespace TlsFsm;

/// <summary>HTTP clients whose TLS is ours.</summary>
public static class SocketsHttpHandlerExtensions
{
    /// <summary>
    /// Requests of this handler to <c>https</c> and <c>wss</c> addresses go over our connections; those to <c>http</c> go as before.
    /// </summary>
    /// <remarks>
    /// <para>
    /// HTTP/1.1 and HTTP/2, as the versions of the requests ask for. What .NET takes instead of a TLS of its own must be an
    /// <see cref="SslStream"/> (github.com/dotnet/runtime, issue 42455), and whether HTTP/2 was agreed on it asks by a property that no
    /// derived class can answer. So for a request of version 2.0, and only then, that class does a handshake of its own, in memory and
    /// with nobody, once for a connection; nothing of it touches the network or the data.
    /// </para>
    /// <para>
    /// The proxy that the handler has, or the environment's, is used: for <c>https</c> by a tunnel (CONNECT), in which our TLS runs to the
    /// server. A proxy of an <c>https</c> address is talked to over TLS of ours too. Its user and password go out with the first request
    /// (Basic); another scheme is an error that names it. Set the proxy before this call; one of SOCKS is an error of the request.
    /// </para>
    /// <para>
    /// What <see cref="SocketsHttpHandler.SslOptions"/> says has no effect. Authentication that is bound to the channel (NTLM and Kerberos
    /// with extended protection) is not to be had either.
    /// </para>
    /// </remarks>
    /// <param name="handler">Not in use yet, without a <see cref="SocketsHttpHandler.ConnectCallback"/>.</param>
    /// <param name="options">
    /// The client's side. <see cref="TlsClientOptions.TargetHost"/> null: the host of each address, as it should be; a name is used for all.
    /// A <see cref="TlsClientOptions.SessionCache"/> serves all hosts. ALPN offers what a request's version asks for; with
    /// <c>http/1.1</c> alone as the protocols HTTP/2 is never offered.
    /// </param>
    /// <param name="proxyOptions">
    /// Our side of TLS to a proxy; its host name is the proxy's where it names none. Null: the defaults, with the system's roots.
    /// </param>
    /// <param name="connect">
    /// Opens what the TLS, or a request to an <c>http</c> address, goes over, to a server or a proxy. Null: TCP.
    /// </param>
    /// <returns>The handler.</returns>
    /// <exception cref="ArgumentException">An option that makes no sense, or a handler with a callback.</exception>
    /// <exception cref="InvalidOperationException">The handler is in use.</exception>
    public static SocketsHttpHandler UseTlsFsm(
        this SocketsHttpHandler handler,
        TlsClientOptions options,
        TlsClientOptions? proxyOptions = null,
        Func<DnsEndPoint, CancellationToken, ValueTask<Stream>>? connect = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(options);
        if (handler.ConnectCallback is not null)
            throw new ArgumentException(
                $"The handler has a {nameof(handler.ConnectCallback)} already. What it does to connect can be given as '{nameof(connect)}'.",
                nameof(handler));
        foreach (var protocol in options.ApplicationProtocols)
        {
            if (protocol != SslApplicationProtocol.Http11 && protocol != SslApplicationProtocol.Http2)
                throw new ArgumentException(
                    $"{nameof(options.ApplicationProtocols)} has '{protocol}', but a SocketsHttpHandler speaks h2 and http/1.1.",
                    nameof(options));
        }

        var hosts = new HttpOptions(options);
        var proxies = new HostOptions(proxyOptions ?? new TlsClientOptions());
        var proxy = handler.UseProxy ? new TunnelledProxy(handler.Proxy ?? HttpClient.DefaultProxy, handler.DefaultProxyCredentials) : null;
        handler.ConnectCallback = new HttpConnector(handler, hosts, proxies, proxy, connect ?? TcpAsync).ConnectAsync;
        if (proxy is not null)
            handler.Proxy = proxy;
        return handler;
    }

    private static async ValueTask<Stream> TcpAsync(DnsEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = await Dialer.ConnectAsync(endPoint.Host, endPoint.Port, cancellationToken);
        socket.NoDelay = true;
        return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
    }
}
