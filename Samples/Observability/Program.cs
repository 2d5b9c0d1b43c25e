using TlsFsm;
using TlsFsm.Samples.Observability;

// An echo server that shows Prometheus what its connections do.
if (args is not [var metricsPort, var certificatePath, var keyPath])
{
    Console.Error.WriteLine("usage: Observability <port for /metrics> <certificate.pem> <key.pem>");
    return 2;
}

var options = new TlsServerOptions { Credential = TlsCredential.FromPemFiles(certificatePath, keyPath) };
await using var server = new ObservedServer(options, int.Parse(metricsPort, null));

Console.WriteLine($"listening on {server.Listener.LocalEndPoint}; curl http://localhost:{metricsPort}/metrics; Enter ends it");
Console.ReadLine();
return 0;
