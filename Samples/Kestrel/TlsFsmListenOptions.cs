using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TlsFsm.Samples.Kestrel;

/// <summary>What <c>UseHttps</c> is for .NET's own TLS.</summary>
public static class TlsFsmListenOptions
{
    /// <summary>What Kestrel speaks over TCP, most wanted first.</summary>
    public static IReadOnlyList<SslApplicationProtocol> HttpProtocols { get; } =
        [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    /// <summary>
    /// Serves this end point over TLS. ALPN decides between HTTP/2 and HTTP/1.1, so the options should name what Kestrel may speak
    /// (<see cref="HttpProtocols"/>).
    /// </summary>
    /// <param name="listenOptions">The end point.</param>
    /// <param name="options">The server's side of each connection.</param>
    /// <returns>The end point.</returns>
    public static ListenOptions UseTlsFsm(this ListenOptions listenOptions, TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(listenOptions);
        ArgumentNullException.ThrowIfNull(options);
        var logger = listenOptions.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger<TlsFsmMiddleware>();
        listenOptions.Use(next => new TlsFsmMiddleware(next, options, logger).OnConnectionAsync);
        return listenOptions;
    }
}
