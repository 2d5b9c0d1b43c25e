using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Samples.SmtpStartTls;

/// <summary>The command line: a mail server that insists on STARTTLS, and a client that does too.</summary>
internal static class SmtpCommand
{
    private const string Usage = """
        usage: SmtpStartTls serve <port> <chain.pem> <key.pem>
               SmtpStartTls send <host> <port> <roots.pem> <from> <to>    the message is read from standard input
        """;

    /// <returns>0 when all went well, 1 when not, 2 for arguments that make no sense.</returns>
    public static async Task<int> RunAsync(
        string[] args, TextReader input, TextWriter output, CancellationToken cancellationToken = default)
    {
        try
        {
            switch (args)
            {
                case ["serve", var port, var chain, var key]:
                    await ServeAsync(Port(port), TlsCredential.FromPemFiles(chain, key), output, cancellationToken);
                    return 0;
                case ["send", var host, var port, var roots, var from, var to]:
                    var trusted = new X509Certificate2Collection();
                    trusted.ImportFromPemFile(roots);
                    var client = new SmtpClient(host, Port(port), CertificateVerification.TrustedRoots(trusted), output);
                    await client.SendAsync(from, to, await input.ReadToEndAsync(cancellationToken), cancellationToken);
                    return 0;
                default:
                    await output.WriteLineAsync(Usage);
                    return 2;
            }
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or System.Net.Sockets.SocketException
            or ArgumentException)
        {
            await output.WriteLineAsync($"failed: {exception.Message}");
            return 1;
        }
    }

    private static async Task ServeAsync(int port, TlsCredential credential, TextWriter output, CancellationToken cancellationToken)
    {
        await using var server = SmtpServer.Start(new IPEndPoint(IPAddress.Loopback, port), credential, output);
        await output.WriteLineAsync($"listening on {server.LocalEndPoint}");
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C: the way to end a server.
        }
    }

    private static int Port(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
