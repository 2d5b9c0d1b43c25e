using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace TlsFsm.Samples.Kestrel;

/// <summary>Puts TLS under the rest of a connection: its handshake, then the decrypted pipe, then its end.</summary>
internal sealed partial class TlsFsmMiddleware(ConnectionDelegate next, TlsServerOptions options, ILogger<TlsFsmMiddleware> logger)
{
    // Kestrel completes its own pipe when we return, and must still find it.
    private static readonly PipeTransportOptions Transport = new() { LeaveOpen = true };

    public async Task OnConnectionAsync(ConnectionContext context)
    {
        var raw = context.Transport;
        TlsStream stream;
        try
        {
            stream = await TlsServer.OpenStreamAsync(raw, options, Transport, cancellationToken: context.ConnectionClosed);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The peer's doing or the network's, and no news for anybody but a log. The alert is on its way; Kestrel closes the socket
            // behind it.
            HandshakeFailed(logger, context.ConnectionId, exception.Message);
            return;
        }

        await using (stream)
        {
            var feature = new TlsFsmFeature(stream.Connection.Session!);
            context.Features.Set<ITlsConnectionFeature>(feature);
            context.Features.Set<ITlsHandshakeFeature>(feature);
            context.Features.Set<ITlsApplicationProtocolFeature>(feature);

            var pool = context.Features.Get<IMemoryPoolFeature>()?.MemoryPool;
            var plain = new PlainPipe(stream, pool);
            context.Transport = plain;
            try
            {
                await next(context);
            }
            finally
            {
                context.Transport = raw;
                await plain.Input.CompleteAsync();
                await plain.Output.FlushAsync();
                await plain.Output.CompleteAsync();
            }
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "Connection {ConnectionId}: the TLS handshake failed: {Reason}")]
    private static partial void HandshakeFailed(ILogger logger, string connectionId, string reason);
}
