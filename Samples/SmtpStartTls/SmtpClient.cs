using System.Net.Sockets;

namespace TlsFsm.Samples.SmtpStartTls;

/// <summary>Sends a mail, over TLS or not at all.</summary>
/// <remarks>
/// RFC 3207: what the server said in the clear is forgotten after the handshake, so EHLO is said again. A server that does not offer
/// STARTTLS (or somebody in between who cut it out of the reply) gets no mail.
/// </remarks>
internal sealed class SmtpClient(string host, int port, CertificateVerification verification, TextWriter output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task SendAsync(string from, string to, string text, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        await using var channel = await LineChannel.OpenAsync(socket, Patience);
        (await Reply.ReadAsync(channel)).Expect(220);
        var offered = (await Reply.ToAsync(channel, "EHLO client.example")).Expect(250);
        if (!Offers(offered, "STARTTLS"))
            throw new IOException("The server does not offer STARTTLS, and nothing is sent in the clear.");

        (await Reply.ToAsync(channel, "STARTTLS")).Expect(220);
        var options = new TlsClientOptions { TargetHost = host, Verification = verification };
        await channel.StartTlsAsync(BouncyCastleCore.CreateClient(options), options);
        await output.WriteLineAsync($"TLS: {channel.Tls!.Session!.Protocol}, {channel.Tls.Session.CipherSuite}");

        (await Reply.ToAsync(channel, "EHLO client.example")).Expect(250);
        (await Reply.ToAsync(channel, $"MAIL FROM:<{from}>")).Expect(250);
        (await Reply.ToAsync(channel, $"RCPT TO:<{to}>")).Expect(250, 251);
        (await Reply.ToAsync(channel, "DATA")).Expect(354);
        foreach (var line in text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'))
            channel.WriteLine(line.StartsWith('.') ? "." + line : line);
        (await Reply.ToAsync(channel, ".")).Expect(250);
        (await Reply.ToAsync(channel, "QUIT")).Expect(221);
        await output.WriteLineAsync("sent");
    }

    private static bool Offers(Reply reply, string extension) =>
        reply.Lines.Any(line => line.Length > 4 && line[4..].Trim().Equals(extension, StringComparison.OrdinalIgnoreCase));
}
