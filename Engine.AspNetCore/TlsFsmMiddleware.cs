using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace TlsFsm.AspNetCore;

/// <summary>Puts TLS under the rest of a connection: its handshake, then the decrypted pipe, then its end.</summary>
/// <param name="next">What is served over TLS.</param>
/// <param name="optionsOf">The server's side of a connection.</param>
/// <param name="logger">Told of handshakes that fail.</param>
internal sealed partial class TlsFsmMiddleware(
    ConnectionDelegate next, Func<ConnectionContext, TlsServerOptions> optionsOf, ILogger<TlsFsmMiddleware> logger)
{
    // Kestrel completes its own pipe when we return, and must still find it.
    private static readonly PipeTransportOptions Transport = new() { LeaveOpen = true };

    public async Task OnConnectionAsync(ConnectionContext context)
    {
        var (raw, rawClosed) = (context.Transport, context.ConnectionClosed);
        var end = new ConnectionEnd(context.ConnectionId, logger, rawClosed);
        TlsDuplexPipe pipe;
        try
        {
            // Not with Kestrel's token: it tells of a client's end of stream too, behind which the answer is awaited.
            pipe = await TlsServer.OpenPipeAsync(new RawPipe(raw, end), optionsOf(context), Transport, connection =>
            {
                connection.Id = context.ConnectionId;
                end.Watch(connection);
            });
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The peer's doing or the network's, and no news for anybody but a log. The alert is on its way; Kestrel closes the socket
            // behind it.
            HandshakeFailed(logger, context.ConnectionId, exception.Message);
            return;
        }

        Describe(context, pipe.Connection);
        (context.Transport, context.ConnectionClosed) = (pipe, end.Token);
        try
        {
            await next(context);
        }
        catch (Exception exception)
        {
            // What was under way is not finished, and must not look as if it were.
            pipe.Abort(exception);
            throw;
        }
        finally
        {
            (context.Transport, context.ConnectionClosed) = (raw, rawClosed);
            end.Leave();
            await pipe.DisposeAsync();
            end.Close();
        }
    }

    private static void Describe(ConnectionContext context, TlsConnection connection)
    {
        var feature = new TlsFsmFeature(connection);
        context.Features.Set<ITlsFsmFeature>(feature);
        context.Features.Set<ITlsConnectionFeature>(feature);
        context.Features.Set<ITlsHandshakeFeature>(feature);
        context.Features.Set<ITlsApplicationProtocolFeature>(feature);

        // As Kestrel's own TLS, for its metrics.
        if (context.Features.Get<IConnectionMetricsTagsFeature>() is { } metrics)
            metrics.Tags.Add(new("tls.protocol.version", feature.Protocol == SslProtocols.Tls13 ? "1.3" : "1.2"));
    }

    [LoggerMessage(1, LogLevel.Debug, "Connection {ConnectionId}: the TLS handshake failed: {Reason}")]
    private static partial void HandshakeFailed(ILogger logger, string connectionId, string reason);
}
