using System.Net;
using System.Security.Authentication.ExtendedProtection;

namespace TlsFsm.Hosting.Streams;

/// <summary>
/// A stream's channel bindings in the form that .NET's authentications take: <c>tls-server-end-point</c> for
/// <see cref="ChannelBindingKind.Endpoint"/>, <c>tls-unique</c> for <see cref="ChannelBindingKind.Unique"/>.
/// </summary>
internal sealed class StreamTransportContext(TlsConnection connection) : TransportContext
{
    /// <returns>
    /// Null where the kind is not defined for this connection: Unique on TLS 1.3 (RFC 9266 section 4.2), for which .NET has no kind.
    /// </returns>
    public override ChannelBinding? GetChannelBinding(ChannelBindingKind kind)
    {
        var (ours, prefix) = kind switch
        {
            ChannelBindingKind.Endpoint => (TlsChannelBinding.TlsServerEndPoint, "tls-server-end-point:"),
            ChannelBindingKind.Unique => (TlsChannelBinding.TlsUnique, "tls-unique:"),
            _ => throw new NotSupportedException($"Channel bindings are Endpoint and Unique, not {kind}."),
        };
        return Ask(ours) is { } token ? new StreamChannelBinding(prefix, token) : null;
    }

    /// <summary>From any thread; the connection answers on its loop.</summary>
    private byte[]? Ask(TlsChannelBinding kind)
    {
        if (connection.Loop.IsOnLoop)
            return connection.GetChannelBinding(kind);

        var answer = new TaskCompletionSource<byte[]?>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Loop.CallSoon(
            _ =>
            {
                try
                {
                    answer.SetResult(connection.GetChannelBinding(kind));
                }
                catch (Exception exception)
                {
                    // Whoever asks is told, and the loop goes on.
                    answer.SetException(exception);
                }
            },
            null);
        return answer.Task.GetAwaiter().GetResult();
    }
}
