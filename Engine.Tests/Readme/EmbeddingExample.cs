using System.Net;

namespace TlsFsm.Tests.Readme;

/// <summary>The README's example, compiled and run. What stands between the marks is what the README shows.</summary>
internal static class EmbeddingExample
{
    public static async Task<string> RunAsync(TlsCredential credential, CertificateVerification trust)
    {
        // begin README
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, port: 0),
            new TlsServerOptions { Credential = credential },
            applicationFactory: () => new Greeter());

        await using var stream = await TlsClient.OpenStreamAsync(
            "localhost", listener.LocalEndPoint.Port,
            new TlsClientOptions { TargetHost = "localhost", Verification = trust });

        await stream.WriteAsync("TLS"u8.ToArray());
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
        // end README
    }
}

// begin README
internal sealed class Greeter : IProtocol
{
    private ITransport _transport = null!;

    public void ConnectionMade(ITransport transport) => _transport = transport;
    public void DataReceived(ReadOnlySpan<byte> data) { _transport.Write("hello, "u8); _transport.Write(data); _transport.Close(); }
    public bool EofReceived() => false;                      // false: close in order, as usual
    public void ConnectionLost(Exception? exception) { }     // null after a clean end
    public void PauseWriting() { }                           // the write buffer is over its mark
    public void ResumeWriting() { }
}
// end README
