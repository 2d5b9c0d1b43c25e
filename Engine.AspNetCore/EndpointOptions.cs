using System.Net.Security;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace TlsFsm.AspNetCore;

/// <summary>The options of an end point's connections, with what Kestrel's place asks for.</summary>
/// <param name="protocols">What Kestrel speaks there.</param>
/// <param name="loggerFactory">Kestrel's.</param>
internal sealed class EndpointOptions(HttpProtocols protocols, ILoggerFactory loggerFactory)
{
    // One for each that was given: what is worked out once for options is kept with them.
    private readonly ConditionalWeakTable<TlsServerOptions, TlsServerOptions> _known = [];

    /// <summary>
    /// ALPN as Kestrel speaks it, where the options name none; Kestrel's log, where they name none. And in any case an end as that of
    /// <c>UseHttps</c>: HTTP knows where a message ends, so an end of stream without close_notify is an end, behind which the answer goes
    /// out whole; and clients with idle connections answer close_notify late or never, so theirs is not awaited.
    /// </summary>
    public TlsServerOptions Adapt(TlsServerOptions options) => _known.GetValue(options, given => given with
    {
        Names = null,
        Choose = given.Names is { } names ? Choosing(names) : given.Choose,
        ApplicationProtocols = given.ApplicationProtocols.Count > 0 ? given.ApplicationProtocols : ProtocolNames(),
        LoggerFactory = given.LoggerFactory is NullLoggerFactory ? loggerFactory : given.LoggerFactory,
        AwaitCloseNotify = false,
        TolerateTruncation = true,
        AllowHalfCloseAtEndOfStream = true,
    });

    /// <summary>Options that are chosen when the ClientHello is here.</summary>
    public TlsServerOptions Choosing(
        ConnectionContext connection, Func<ConnectionContext, TlsClientHello, CancellationToken, ValueTask<TlsServerOptions>> choose,
        TimeSpan handshakeTimeout)
    {
        var answer = TlsAsync.Answer<TlsClientHello, TlsServerChoice>(async (hello, cancellation) =>
            TlsServerChoice.Use(Adapt(await choose(connection, hello, cancellation))));
        return new TlsServerOptions
        {
            Credential = null,
            Choose = answer,
            HandshakeTimeout = handshakeTimeout,
            LoggerFactory = loggerFactory,
            AwaitCloseNotify = false,
            TolerateTruncation = true,
            AllowHalfCloseAtEndOfStream = true,
        };
    }

    /// <summary>What is served by name has Kestrel's protocols too.</summary>
    private Action<TlsClientHello, TlsDecision<TlsServerChoice>> Choosing(TlsServerNames names) => (hello, decision) =>
    {
        var choice = names.Choose(hello);
        decision.Complete(choice.Options is { } options ? TlsServerChoice.Use(Adapt(options)) : choice);
    };

    private SslApplicationProtocol[] ProtocolNames() => protocols switch
    {
        _ when protocols.HasFlag(HttpProtocols.Http1AndHttp2) => [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        _ when protocols.HasFlag(HttpProtocols.Http2) => [SslApplicationProtocol.Http2],
        _ when protocols.HasFlag(HttpProtocols.Http1) => [SslApplicationProtocol.Http11],
        _ => [],
    };
}
