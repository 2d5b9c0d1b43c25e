using System.Buffers.Binary;
using System.Security;
using System.Text;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.StartTls;

/// <summary>How protocols ask for TLS on a connection that begins in the clear.</summary>
internal static class StartTlsRoads
{
    /// <summary>Asks, and comes back when the server has consented: its next byte is TLS's.</summary>
    /// <param name="dialog">With the server.</param>
    /// <param name="host">The server's name.</param>
    /// <param name="cancellationToken">As Ctrl-C, or a deadline.</param>
    public delegate Task Road(PlainDialog dialog, string host, CancellationToken cancellationToken);

    /// <summary>By the name of the protocol.</summary>
    public static IReadOnlyDictionary<string, Road> All { get; } = new Dictionary<string, Road>
    {
        ["smtp"] = SmtpAsync,
        ["imap"] = ImapAsync,
        ["pop3"] = Pop3Async,
        ["ftp"] = FtpAsync,
        ["xmpp"] = XmppAsync,
        ["ldap"] = LdapAsync,
        ["postgres"] = PostgresAsync,
        ["mysql"] = MySqlAsync,
    };

    /// <summary>RFC 3207.</summary>
    private static async Task SmtpAsync(PlainDialog dialog, string host, CancellationToken cancellationToken)
    {
        await dialog.ReadReplyAsync("220", cancellationToken);
        await dialog.SendLineAsync("EHLO localhost", cancellationToken);
        var offers = await dialog.ReadReplyAsync("250", cancellationToken);
        if (!offers.Split('\n').Any(line => line.Length > 4 && line[4..].Trim().Equals("STARTTLS", StringComparison.OrdinalIgnoreCase)))
            throw NotOffered("STARTTLS");

        await dialog.SendLineAsync("STARTTLS", cancellationToken);
        await dialog.ReadReplyAsync("220", cancellationToken);
    }

    /// <summary>RFC 9051 section 6.2.1.</summary>
    private static async Task ImapAsync(PlainDialog dialog, string host, CancellationToken cancellationToken)
    {
        Demand(await dialog.ReadLineAsync(cancellationToken), "* OK");
        await dialog.SendLineAsync("a1 STARTTLS", cancellationToken);
        string line;
        do
            line = await dialog.ReadLineAsync(cancellationToken);
        while (line.StartsWith("* ", StringComparison.Ordinal));
        Demand(line, "a1 OK");
    }

    /// <summary>RFC 2595 section 4.</summary>
    private static async Task Pop3Async(PlainDialog dialog, string host, CancellationToken cancellationToken)
    {
        Demand(await dialog.ReadLineAsync(cancellationToken), "+OK");
        await dialog.SendLineAsync("STLS", cancellationToken);
        Demand(await dialog.ReadLineAsync(cancellationToken), "+OK");
    }

    /// <summary>RFC 4217 section 4.</summary>
    private static async Task FtpAsync(PlainDialog dialog, string host, CancellationToken cancellationToken)
    {
        await dialog.ReadReplyAsync("220", cancellationToken);
        await dialog.SendLineAsync("AUTH TLS", cancellationToken);
        await dialog.ReadReplyAsync("234", cancellationToken);
    }

    /// <summary>RFC 6120 section 5.4.</summary>
    private static async Task XmppAsync(PlainDialog dialog, string host, CancellationToken cancellationToken)
    {
        await dialog.SendAsync(
            Encoding.UTF8.GetBytes(
                $"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{SecurityElement.Escape(host)}' "
                + "version='1.0'>"),
            cancellationToken);
        var features = await dialog.ReadUntilAsync(
            text => text.EndsWith("</stream:features>", StringComparison.Ordinal)
                || text.EndsWith("</stream:stream>", StringComparison.Ordinal)
                || text.EndsWith("<stream:features/>", StringComparison.Ordinal),
            cancellationToken);
        if (!features.Contains("urn:ietf:params:xml:ns:xmpp-tls", StringComparison.Ordinal))
            throw NotOffered("starttls");

        await dialog.SendAsync("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"u8.ToArray(), cancellationToken);
        var answer = await dialog.ReadUntilAsync(text => text.EndsWith('>'), cancellationToken);
        Demand(answer.TrimStart(), "<proceed");
        if (!answer.EndsWith("/>", StringComparison.Ordinal))
            Demand((await dialog.ReadUntilAsync(text => text.EndsWith('>'), cancellationToken)).TrimStart(), "</proceed");
    }

    /// <summary>RFC 4511 section 4.14.</summary>
    private static async Task LdapAsync(PlainDialog dialog, string host, CancellationToken cancellationToken)
    {
        // LDAPMessage { messageID 1, ExtendedRequest { requestName 1.3.6.1.4.1.1466.20037 } }
        await dialog.SendAsync(
            (byte[])[0x30, 0x1D, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16, .. "1.3.6.1.4.1.1466.20037"u8], cancellationToken);
        if (await dialog.ReadByteAsync(cancellationToken) != 0x30)
            throw new CliException("the server's answer to StartTLS is no LDAP message", ExitCode.Io);

        var body = await dialog.ReadAsync(await LdapLengthAsync(dialog, cancellationToken), cancellationToken);

        // messageID, then the ExtendedResponse with its length in one byte or more, then resultCode.
        var response = body.Length > 5 && body[0] == 0x02 && body[1] < 5 ? 2 + body[1] : body.Length;
        var length = response + 1 < body.Length && body[response] == 0x78 ? body[response + 1] : byte.MaxValue;
        var code = response + 2 + (length is > 0x80 and < 0x85 ? length - 0x80 : 0);
        if (length == byte.MaxValue || code + 2 >= body.Length || body[code] != 0x0A || body[code + 1] != 1)
            throw new CliException("the server's answer to StartTLS is no LDAP response to it", ExitCode.Io);
        if (body[code + 2] != 0)
            throw new CliException($"the server refused StartTLS with LDAP result {body[code + 2]}", ExitCode.Io);
    }

    private static async Task<int> LdapLengthAsync(PlainDialog dialog, CancellationToken cancellationToken)
    {
        var first = await dialog.ReadByteAsync(cancellationToken);
        if (first < 0x80)
            return first;
        if (first is 0x80 or > 0x84)
            throw new CliException("the server's answer to StartTLS is no LDAP message", ExitCode.Io);

        var length = 0L;
        foreach (var one in await dialog.ReadAsync(first - 0x80, cancellationToken))
            length = (length << 8) | one;
        return length <= PlainDialog.MaxBytes
            ? (int)length : throw new CliException($"the server announces a message of {length} bytes before TLS", ExitCode.Io);
    }

    /// <summary>PostgreSQL's SSLRequest.</summary>
    private static async Task PostgresAsync(PlainDialog dialog, string host, CancellationToken cancellationToken)
    {
        await dialog.SendAsync((byte[])[0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F], cancellationToken);
        var answer = await dialog.ReadByteAsync(cancellationToken);
        if (answer == 'N')
            throw NotOffered("TLS");
        if (answer != 'S')
            throw new CliException($"the server answered SSLRequest with byte 0x{answer:X2}, which is neither S nor N", ExitCode.Io);
    }

    /// <summary>MySQL's SSLRequest, in the place of the handshake response.</summary>
    private static async Task MySqlAsync(PlainDialog dialog, string host, CancellationToken cancellationToken)
    {
        const int Ssl = 0x0800;
        var header = await dialog.ReadAsync(4, cancellationToken);
        var greeting = await dialog.ReadAsync(header[0] | (header[1] << 8) | (header[2] << 16), cancellationToken);

        // Protocol version, server version and a zero, thread (4), part of the salt (8), a zero, the lower capabilities (2).
        var version = Array.IndexOf(greeting, (byte)0, Math.Min(1, greeting.Length));
        if (greeting.Length == 0 || greeting[0] != 10 || version < 0 || version + 16 > greeting.Length)
            throw new CliException(
                greeting is [0xFF, ..] ? "the server refused the connection before TLS" : "the server's greeting is none of MySQL",
                ExitCode.Io);
        if ((BinaryPrimitives.ReadUInt16LittleEndian(greeting.AsSpan(version + 14)) & Ssl) == 0)
            throw NotOffered("TLS");

        var request = new byte[36];
        (request[0], request[3]) = (32, (byte)(header[3] + 1));

        // CLIENT_PROTOCOL_41, CLIENT_SSL, CLIENT_SECURE_CONNECTION; packets of 16 MiB; utf8mb4.
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(4), 0x0200 | Ssl | 0x8000);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(8), 1 << 24);
        request[12] = 45;
        await dialog.SendAsync(request, cancellationToken);
    }

    private static void Demand(string said, string expected)
    {
        if (!said.StartsWith(expected, StringComparison.OrdinalIgnoreCase))
            throw new CliException($"the server said '{said.Trim()}' where '{expected}' was expected", ExitCode.Io);
    }

    private static CliException NotOffered(string what) => new($"the server does not offer {what}", ExitCode.Io);
}
