using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace TlsFsm.AspNetCore;

/// <summary>
/// Says <c>https</c> for an end point, in Kestrel's addresses and log, and that HTTP/2 may be spoken there. Only <c>UseHttps</c> can say
/// so: it is called, and what it puts into the way of connections is passed by.
/// </summary>
internal static class HttpsMark
{
    /// <summary>Puts a middleware in the place where that of <c>UseHttps</c> would stand.</summary>
    public static void Use(ListenOptions listenOptions, Func<ConnectionDelegate, ConnectionDelegate> middleware)
    {
        // Made from the last to the first, each time that the end point is built.
        ConnectionDelegate? behind = null;
        listenOptions.Use(_ => middleware(behind!));
        listenOptions.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificateSelector = (_, _) => null });
        listenOptions.Use(next => behind = next);
    }
}
