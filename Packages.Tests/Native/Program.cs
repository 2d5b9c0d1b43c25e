using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using TlsFsm;

// Fetches / twice from a server of this machine, and says what was agreed on: the second time the session is resumed.
if (args is not [var port, var roots, var version])
{
    Console.Error.WriteLine("usage: native-client <port> <roots.pem> Tls12|Tls13");
    return 2;
}

var options = new TlsClientOptions
{
    TargetHost = "localhost",
    Verification = CertificateVerification.TrustedRootsFromFiles(roots),
    EnabledProtocols = Enum.Parse<SslProtocols>(version),
    SessionCache = new MemorySessionCache(),
};
for (var turn = 0; turn < 2; turn++)
{
    await using var stream = await TlsClient.OpenStreamAsync("localhost", int.Parse(port, null), options);
    await stream.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
    using var reader = new StreamReader(stream, Encoding.ASCII);
    var status = await reader.ReadLineAsync();
    await reader.ReadToEndAsync();

    var session = stream.Connection.Session!;
    Console.WriteLine($"{status}: {session.Protocol}, {session.CipherSuite}, {(session.IsResumed ? "resumed" : "new")}");
}

return 0;
