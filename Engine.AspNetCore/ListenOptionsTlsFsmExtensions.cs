using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TlsFsm;
using TlsFsm.AspNetCore;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Kestrel's end points over TLS by TlsFsm: what <c>UseHttps</c> is for .NET's own.</summary>
/// <remarks>
/// <para>
/// For HTTP/1.1, HTTP/2, and any <see cref="ConnectionHandler"/>. Where the options name no application protocols, ALPN offers what
/// <see cref="ListenOptions.Protocols"/> says; <see cref="HttpProtocols.None"/> for none. Where they name no logger factory, Kestrel's is
/// used, and each entry names Kestrel's connection.
/// </para>
/// <para>
/// The end is that of <c>UseHttps</c> too, whatever the options say: a client's end of stream without close_notify is the end of what it
/// sends, and its answer goes out whole; our close_notify goes out with the end, and the client's is not awaited.
/// </para>
/// <para>
/// A connection has the features that <c>UseHttps</c> gives it, but <c>ISslStreamFeature</c>, and <see cref="ITlsFsmFeature"/>.
/// </para>
/// </remarks>
public static class ListenOptionsTlsFsmExtensions
{
    /// <summary>As <c>UseHttps</c>: the time that a handshake may take where no options say so.</summary>
    private static readonly TimeSpan DefaultHandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Serves this end point over TLS.</summary>
    /// <param name="listenOptions">The end point.</param>
    /// <param name="options">The server's side of each connection.</param>
    /// <returns>The end point.</returns>
    /// <exception cref="ArgumentException">An option that makes no sense.</exception>
    public static ListenOptions UseTlsFsm(this ListenOptions listenOptions, TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(listenOptions);
        ArgumentNullException.ThrowIfNull(options);

        // Wrong options are the caller's error now, not each connection's later.
        BouncyCastleCore.CreateServer(options).Dispose();
        return Use(listenOptions, endpoint =>
        {
            var adapted = endpoint.Adapt(options);
            return _ => adapted;
        });
    }

    /// <summary>Serves this end point over TLS with a credential, and the defaults otherwise.</summary>
    /// <param name="listenOptions">The end point.</param>
    /// <param name="credential">The certificate, its key, its intermediates: <c>TlsCredential.FromPemFiles(chain, key)</c>.</param>
    /// <returns>The end point.</returns>
    /// <exception cref="ArgumentException">A credential that clients would refuse.</exception>
    public static ListenOptions UseTlsFsm(this ListenOptions listenOptions, TlsCredential credential)
    {
        ArgumentNullException.ThrowIfNull(credential);
        return listenOptions.UseTlsFsm(new TlsServerOptions { Credential = credential, HandshakeTimeout = DefaultHandshakeTimeout });
    }

    /// <summary>Serves this end point over TLS with a certificate, and the defaults otherwise.</summary>
    /// <param name="listenOptions">The end point.</param>
    /// <param name="serverCertificate">With its private key.</param>
    /// <returns>The end point.</returns>
    /// <exception cref="ArgumentException">A certificate without its key, or one that clients would refuse.</exception>
    public static ListenOptions UseTlsFsm(this ListenOptions listenOptions, X509Certificate2 serverCertificate) =>
        listenOptions.UseTlsFsm(new TlsCredential(serverCertificate));

    /// <summary>Serves this end point over TLS with a certificate, its key and its intermediates from a PFX file.</summary>
    /// <param name="listenOptions">The end point.</param>
    /// <param name="fileName">Relative to the application's content, as with <c>UseHttps</c>.</param>
    /// <param name="password">The file's. Null: none.</param>
    /// <returns>The end point.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It is no PFX file, or the password is wrong.</exception>
    /// <exception cref="ArgumentException">It holds no certificate with its key, or one that clients would refuse.</exception>
    public static ListenOptions UseTlsFsm(this ListenOptions listenOptions, string fileName, string? password = null)
    {
        ArgumentNullException.ThrowIfNull(listenOptions);
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        var content = listenOptions.ApplicationServices.GetRequiredService<IHostEnvironment>().ContentRootPath;
        return listenOptions.UseTlsFsm(TlsCredential.FromPfxFile(Path.Combine(content, fileName), password));
    }

    /// <summary>Serves this end point over TLS, with options that are chosen for each connection when its ClientHello is here.</summary>
    /// <param name="listenOptions">The end point.</param>
    /// <param name="choose">
    /// Given the connection, what the client asks for, and a token that is cancelled when the connection has ended meanwhile. Begins on the
    /// connection's loop, so it must not block; may take its time. Give the same options for the same: sessions are resumed by them. Their
    /// deadlines, marks, limits and log are not used. What it throws fails the handshake.
    /// </param>
    /// <param name="handshakeTimeout">How long a handshake may take, the choice included. Null: 10 seconds.</param>
    /// <returns>The end point.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A time that is not greater than zero.</exception>
    public static ListenOptions UseTlsFsm(
        this ListenOptions listenOptions,
        Func<ConnectionContext, TlsClientHello, CancellationToken, ValueTask<TlsServerOptions>> choose,
        TimeSpan? handshakeTimeout = null)
    {
        ArgumentNullException.ThrowIfNull(listenOptions);
        ArgumentNullException.ThrowIfNull(choose);
        var timeout = handshakeTimeout ?? DefaultHandshakeTimeout;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero, nameof(handshakeTimeout));
        return Use(listenOptions, endpoint => connection => endpoint.Choosing(connection, choose, timeout));
    }

    /// <summary>Serves this end point over TLS with the settings of <c>services.AddTlsFsm(...)</c>.</summary>
    /// <param name="listenOptions">The end point.</param>
    /// <returns>The end point.</returns>
    /// <exception cref="InvalidOperationException">There are none, or they make no sense: the message says what is wrong.</exception>
    public static ListenOptions UseTlsFsm(this ListenOptions listenOptions) => listenOptions.UseTlsFsmNamed("");

    /// <summary>Serves this end point over TLS with the settings of <c>services.AddTlsFsm(name, ...)</c>.</summary>
    /// <param name="listenOptions">The end point.</param>
    /// <param name="name">Of the settings.</param>
    /// <returns>The end point.</returns>
    /// <exception cref="InvalidOperationException">There are none, or they make no sense: the message says what is wrong.</exception>
    public static ListenOptions UseTlsFsmNamed(this ListenOptions listenOptions, string name)
    {
        ArgumentNullException.ThrowIfNull(listenOptions);
        ArgumentNullException.ThrowIfNull(name);
        return listenOptions.UseTlsFsm(new LiveOptionsFactory(listenOptions.ApplicationServices).Create(name));
    }

    /// <summary>Serves this end point over TLS with settings: certificates that are read again, and what else configuration can
    /// say.</summary>
    /// <param name="listenOptions">The end point.</param>
    /// <param name="configure">Sets them, now.</param>
    /// <returns>The end point.</returns>
    /// <exception cref="InvalidOperationException">They make no sense, or lead to no usable certificate: the message says why.</exception>
    public static ListenOptions UseTlsFsm(this ListenOptions listenOptions, Action<TlsFsmSettings> configure)
    {
        ArgumentNullException.ThrowIfNull(listenOptions);
        ArgumentNullException.ThrowIfNull(configure);
        var settings = new TlsFsmSettings();
        configure(settings);
        return listenOptions.UseTlsFsm(new LiveOptionsFactory(listenOptions.ApplicationServices).Create(settings, "UseTlsFsm"));
    }

    internal static ListenOptions UseTlsFsm(this ListenOptions listenOptions, LiveOptions live) =>
        Use(listenOptions, endpoint => _ => endpoint.Adapt(live.Current));

    private static ListenOptions Use(
        ListenOptions listenOptions, Func<EndpointOptions, Func<ConnectionContext, TlsServerOptions>> optionsOf)
    {
        var loggerFactory = listenOptions.ApplicationServices.GetRequiredService<ILoggerFactory>();
        var logger = loggerFactory.CreateLogger<TlsFsmMiddleware>();
        HttpsMark.Use(listenOptions, next =>
        {
            // What Kestrel speaks may be set behind this call.
            var options = optionsOf(new EndpointOptions(listenOptions.Protocols, loggerFactory));
            return new TlsFsmMiddleware(next, options, logger).OnConnectionAsync;
        });
        return listenOptions;
    }
}
