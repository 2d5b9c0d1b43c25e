using System.Net;
using Microsoft.Extensions.Hosting;
using TlsFsm;
using TlsFsm.Samples.Kestrel;

// HTTPS/1.1 and HTTP/2 by Kestrel, TLS by TlsFsm.
if (args is not [var port, var certificatePath, var keyPath])
{
    Console.Error.WriteLine("usage: Kestrel <port, 0 for a free one> <certificate.pem> <key.pem>");
    return 2;
}

var options = new TlsServerOptions
{
    Credential = TlsCredential.FromPemFiles(certificatePath, keyPath),
    ApplicationProtocols = TlsFsmListenOptions.HttpProtocols,

    // HTTP knows where a message ends, and clients with idle connections answer close_notify late or never.
    AwaitCloseNotify = false,
};
await using var app = KestrelApp.Create(new IPEndPoint(IPAddress.Loopback, int.Parse(port, null)), options);
await app.StartAsync();

// Kestrel itself would say http: it does not know whose middleware this is.
Console.WriteLine($"listening on https://localhost:{KestrelApp.PortOf(app)}/");
await app.WaitForShutdownAsync();
return 0;
