using System.Net.Sockets;
using TlsFsm.Cli.Arguments;
using TlsFsm.Cli.Connecting;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.StartTls;

/// <summary>How a connection comes to where its TLS begins: through a proxy if there is one, and past what is said in the clear.</summary>
/// <param name="Peer">The server.</param>
/// <param name="Proxy">An HTTP proxy; null for the straight way.</param>
/// <param name="Protocol">The protocol whose STARTTLS is used, a key of <see cref="StartTlsRoads.All"/>; null for TLS at once.</param>
internal sealed record WayToPeer(HostPort Peer, HostPort? Proxy = null, string? Protocol = null)
{
    /// <summary>A socket whose next byte is TLS's.</summary>
    /// <param name="timeout">How long the TCP connect may take, and how long what is said before TLS.</param>
    /// <param name="cancellationToken">As Ctrl-C.</param>
    /// <exception cref="CliException">No connection in that time, or the server does not want TLS.</exception>
    /// <exception cref="SocketException">Refused, unreachable, no such host.</exception>
    public async Task<Socket> OpenAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var socket = await Dialer.DialAsync(Proxy ?? Peer, timeout, cancellationToken);
        if (Proxy is null && Protocol is null)
            return socket;

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            var dialog = new PlainDialog(socket);
            if (Proxy is not null)
                await ProxyTunnel.OpenAsync(dialog, Peer, deadline.Token);
            if (Protocol is not null)
                await StartTlsRoads.All[Protocol](dialog, Peer.Host, deadline.Token);
            return socket;
        }
        catch (Exception exception)
        {
            socket.Dispose();
            throw exception switch
            {
                OperationCanceledException when !cancellationToken.IsCancellationRequested =>
                    new CliException($"{Peer}: no consent to TLS within {timeout.TotalSeconds} s", ExitCode.Io, exception),
                CliException said => new CliException($"{Peer}: {said.Message}", said.ExitCode, said),
                _ => exception,
            };
        }
    }
}
