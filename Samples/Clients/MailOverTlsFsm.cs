using System.Net.Sockets;
using System.Text;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace TlsFsm.Samples.Clients;

/// <summary>MailKit over TlsFsm. MailKit is given a stream that is encrypted already, and told to add nothing.</summary>
/// <remarks>
/// Where TLS is asked for: what the server said in the clear, its capabilities above all, is not passed on: an attacker could have said it.
/// Bytes that it sent behind its consent go into the handshake, which fails by them: nothing can be slipped in before it.
/// </remarks>
public static class MailOverTlsFsm
{
    private const int MaxLine = 8192;
    private const int MaxLines = 100;

    /// <summary>Where TLS comes first (IMAPS, SMTPS, POP3S).</summary>
    public static async Task ConnectOverTlsFsmAsync(
        this IMailService client, string host, int port, TlsClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        var stream = await TlsClient.OpenStreamAsync(host, port, options, cancellationToken: cancellationToken);
        await client.ConnectAsync(stream, host, port, SecureSocketOptions.None, cancellationToken);
    }

    /// <summary>IMAP where TLS is asked for (RFC 9051 section 6.2.1).</summary>
    /// <exception cref="ProtocolException">The server does not want to.</exception>
    public static Task ConnectByStartTlsAsync(
        this ImapClient client, string host, int port, TlsClientOptions options, CancellationToken cancellationToken = default) =>
        ConnectAsync(client, host, port, options, "* OK", [("A STARTTLS", "A OK")], cancellationToken);

    /// <summary>SMTP where TLS is asked for (RFC 3207).</summary>
    /// <exception cref="ProtocolException">The server does not want to.</exception>
    public static Task ConnectByStartTlsAsync(
        this SmtpClient client, string host, int port, TlsClientOptions options, CancellationToken cancellationToken = default) =>
        ConnectAsync(
            client, host, port, options, "220 ", [("EHLO [127.0.0.1]", "250 "), ("STARTTLS", "220 ")], cancellationToken);

    /// <summary>POP3 where TLS is asked for (RFC 2595 section 4).</summary>
    /// <exception cref="ProtocolException">The server does not want to.</exception>
    public static Task ConnectByStartTlsAsync(
        this Pop3Client client, string host, int port, TlsClientOptions options, CancellationToken cancellationToken = default) =>
        ConnectAsync(client, host, port, options, "+OK", [("STLS", "+OK")], cancellationToken);

    private static async Task ConnectAsync(
        IMailService client, string host, int port, TlsClientOptions options, string greeting, (string Ask, string Consent)[] dialogue,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var plain = default(NetworkStream);
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            plain = new NetworkStream(socket, ownsSocket: true);
            await ReadAnswerAsync(plain, greeting, cancellationToken);
            foreach (var (ask, consent) in dialogue)
            {
                await plain.WriteAsync(Encoding.ASCII.GetBytes(ask + "\r\n"), cancellationToken);
                await ReadAnswerAsync(plain, consent, cancellationToken);
            }
        }
        catch
        {
            plain?.Dispose();
            socket.Dispose();
            throw;
        }

        var stream = await TlsClient.OpenStreamAsync(plain, options, cancellationToken: cancellationToken);

        // MailKit waits for a greeting, which was in the clear: it gets one that says nothing, and asks for the capabilities.
        var greeted = new GreetingFirst($"{greeting.TrimEnd()}\r\n", stream);
        await client.ConnectAsync(greeted, host, port, SecureSocketOptions.None, cancellationToken);
    }

    /// <summary>Lines before the last one go on: "* ..." of IMAP, "250-..." of SMTP.</summary>
    private static async Task ReadAnswerAsync(Stream stream, string wanted, CancellationToken cancellationToken)
    {
        var line = "";
        for (var i = 0; i < MaxLines; i++)
        {
            line = await ReadLineAsync(stream, cancellationToken);
            if (line.StartsWith(wanted, StringComparison.OrdinalIgnoreCase))
                return;
            if (!line.StartsWith("* ", StringComparison.Ordinal) && !(line.Length > 3 && line[3] == '-'))
                break;
        }

        throw new TlsRefusedException($"The server does not want to start TLS: {line}");
    }

    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length < MaxLine)
        {
            if (await stream.ReadAsync(one, cancellationToken) == 0)
                throw new TlsRefusedException("The server closed the connection before TLS had begun.");
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');

            line.Append((char)one[0]);
        }

        throw new TlsRefusedException($"The server sent a line of more than {MaxLine} bytes.");
    }

    private sealed class TlsRefusedException(string message) : ProtocolException(message);
}
