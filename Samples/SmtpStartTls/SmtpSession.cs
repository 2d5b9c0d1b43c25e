namespace TlsFsm.Samples.SmtpStartTls;

/// <summary>One client of the server, from the greeting to QUIT.</summary>
internal sealed class SmtpSession(LineChannel channel, TlsServerOptions options, TextWriter output)
{
    /// <summary>How long a client may take for a line.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int MaxMessage = 1024 * 1024;

    private bool _hasGreeted;
    private string? _from;
    private string? _to;

    private bool IsEncrypted => channel.Tls is not null;

    public async Task RunAsync()
    {
        channel.WriteLine("220 localhost ESMTP");
        while (await channel.ReadLineAsync() is { } line)
        {
            var (verb, rest) = line.IndexOf(' ') is > 0 and var space ? (line[..space], line[(space + 1)..]) : (line, "");
            switch (verb.ToUpperInvariant())
            {
                case "EHLO":
                    _hasGreeted = true;
                    channel.WriteLine(IsEncrypted ? "250 localhost" : "250-localhost\r\n250 STARTTLS");
                    break;
                case "HELO":
                    _hasGreeted = true;
                    channel.WriteLine("250 localhost");
                    break;
                case "STARTTLS" when IsEncrypted:
                    channel.WriteLine("503 TLS is active");
                    break;
                case "STARTTLS":
                    await StartTlsAsync();
                    break;
                case "NOOP":
                    channel.WriteLine("250 ok");
                    break;
                case "RSET":
                    (_from, _to) = (null, null);
                    channel.WriteLine("250 ok");
                    break;
                case "QUIT":
                    channel.WriteLine("221 bye");
                    return;
                case "MAIL" or "RCPT" or "DATA" when !IsEncrypted:
                    // RFC 3207 section 4.
                    channel.WriteLine("530 Must issue a STARTTLS command first");
                    break;
                case "MAIL" when _hasGreeted && Address(rest, "FROM:") is { } from:
                    (_from, _to) = (from, null);
                    channel.WriteLine("250 ok");
                    break;
                case "RCPT" when _from is not null && Address(rest, "TO:") is { } to:
                    _to = to;
                    channel.WriteLine("250 ok");
                    break;
                case "DATA" when _to is not null:
                    await TakeMessageAsync();
                    break;
                default:
                    channel.WriteLine("503 not here, or not so");
                    break;
            }
        }
    }

    private async Task StartTlsAsync()
    {
        await channel.StartTlsAsync(BouncyCastleCore.CreateServer(options), options, answer: "220 ready for TLS");
        await output.WriteLineAsync($"TLS: {channel.Tls!.Session!.Protocol}");

        // RFC 3207 section 4.2: all that was said before is forgotten.
        (_hasGreeted, _from, _to) = (false, null, null);
    }

    private async Task TakeMessageAsync()
    {
        channel.WriteLine("354 end with a line with a dot alone");
        var lines = new List<string>();
        for (var size = 0; ;)
        {
            var line = await channel.ReadLineAsync() ?? throw new IOException("The client ended inside a message.");
            if (line == ".")
                break;

            size += line.Length + 2;
            if (size > MaxMessage)
                throw new IOException($"The message is larger than {MaxMessage} bytes.");

            lines.Add(line.StartsWith('.') ? line[1..] : line);
        }

        await output.WriteLineAsync($"mail from {_from} to {_to}: {string.Join(" | ", lines)}");
        (_from, _to) = (null, null);
        channel.WriteLine("250 taken");
    }

    private static string? Address(string argument, string keyword)
    {
        if (!argument.StartsWith(keyword, StringComparison.OrdinalIgnoreCase))
            return null;

        var address = argument[keyword.Length..].TrimStart();
        return address.StartsWith('<') && address.IndexOf('>', StringComparison.Ordinal) is > 0 and var end ? address[1..end] : null;
    }
}
