using System.Net.Sockets;
using System.Text;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;

namespace TlsFsm.Samples.Clients;

/// <summary>MailKit over TlsFsm. MailKit is given a stream that is encrypted already, and told to add nothing.</summary>
public static class MailOverTlsFsm
{
    private const int MaxLine = 8192;

    /// <summary>Where TLS comes first (IMAPS, SMTPS, POP3S).</summary>
    public static async Task ConnectOverTlsFsmAsync(
        this IMailService client, string host, int port, TlsClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        var stream = await TlsClient.OpenStreamAsync(host, port, options, cancellationToken: cancellationToken);
        await client.ConnectAsync(stream, host, port, SecureSocketOptions.None, cancellationToken);
    }

    /// <summary>IMAP where TLS is asked for (STARTTLS, RFC 9051 section 6.2.1).</summary>
    /// <remarks>
    /// What the server said in the clear, its capabilities above all, is not passed on: an attacker could have said it. Bytes that it sent
    /// behind its consent go into the handshake, which fails by them: nothing can be slipped in before it.
    /// </remarks>
    /// <exception cref="ImapProtocolException">The server does not want to.</exception>
    public static async Task ConnectByStartTlsAsync(
        this ImapClient client, string host, int port, TlsClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var plain = default(NetworkStream);
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            plain = new NetworkStream(socket, ownsSocket: true);
            await ReadLineAsync(plain, cancellationToken);
            await plain.WriteAsync("A STARTTLS\r\n"u8.ToArray(), cancellationToken);
            string answer;
            do
                answer = await ReadLineAsync(plain, cancellationToken);
            while (answer.StartsWith("* ", StringComparison.Ordinal));
            if (!answer.StartsWith("A OK", StringComparison.OrdinalIgnoreCase))
                throw new ImapProtocolException($"The server does not want to start TLS: {answer}");
        }
        catch
        {
            plain?.Dispose();
            socket.Dispose();
            throw;
        }

        var stream = await TlsClient.OpenStreamAsync(plain, options, cancellationToken: cancellationToken);

        // MailKit waits for a greeting, which was in the clear: it gets one that says nothing, and asks for the capabilities.
        await client.ConnectAsync(new GreetingFirst("* OK\r\n", stream), host, port, SecureSocketOptions.None, cancellationToken);
    }

    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length < MaxLine)
        {
            if (await stream.ReadAsync(one, cancellationToken) == 0)
                throw new ImapProtocolException("The server closed the connection before TLS had begun.");
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');

            line.Append((char)one[0]);
        }

        throw new ImapProtocolException($"The server sent a line of more than {MaxLine} bytes.");
    }
}
