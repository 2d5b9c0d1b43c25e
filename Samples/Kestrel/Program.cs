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

var options = new TlsServerOptions { Credential = TlsCredential.FromPemFiles(certificatePath, keyPath) };
await using var app = KestrelApp.Create(new IPEndPoint(IPAddress.Loopback, int.Parse(port, null)), options);
await app.StartAsync();

Console.WriteLine($"listening on https://localhost:{KestrelApp.PortOf(app)}/");
await app.WaitForShutdownAsync();
return 0;
