using System.Net;
using System.Text;
using TlsFsm;

namespace FleetServer;

/// <summary>What each server of the fleet does: tells a client whether its session was resumed.</summary>
internal static class FleetListener
{
    /// <summary>Listens on a free port of this machine.</summary>
    /// <param name="options">The server's side.</param>
    /// <param name="listening">
    /// How it accepts. Null: a storm of new clients waits in the operating system's queue, 100 handshakes at once for each processor, and
    /// whoever is slow on purpose makes room for them.
    /// </param>
    public static TlsListener Start(TlsServerOptions options, TlsListenerOptions? listening = null) => TlsListener.Start(
        new IPEndPoint(IPAddress.Loopback, 0), options, () => TlsStream.CreateProtocol(ServeAsync),
        listening ?? new TlsListenerOptions { MaxHandshakes = 100 * Environment.ProcessorCount });

    private static async Task ServeAsync(TlsStream stream)
    {
        var text = stream.Connection.Session!.IsResumed ? "resumed\n" : "new\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
    }
}
