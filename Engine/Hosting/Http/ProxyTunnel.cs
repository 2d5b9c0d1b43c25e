using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Text;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Hosting.Http;

/// <summary>Asks a proxy for a way through it (RFC 9110 section 9.3.6).</summary>
internal static class ProxyTunnel
{
    // As much as .NET's own client takes of an answer's head by default is 64 KiB; a proxy says little.
    private const int MaxHead = 16 * 1024;

    // Of what a proxy says, in errors.
    private const int MaxShown = 200;

    /// <summary>When it completes, what is written to the stream goes to the server.</summary>
    /// <param name="stream">To the proxy, which has seen nothing yet.</param>
    /// <param name="server">Where to.</param>
    /// <param name="credential">Sent at once, as the proxy would ask for it anyway. Null: none.</param>
    /// <param name="cancellationToken">The caller disposes of the stream then.</param>
    /// <exception cref="HttpRequestException">The proxy refuses, or what it says is no answer: the message says what it is.</exception>
    public static async Task OpenAsync(
        Stream stream, DnsEndPoint server, NetworkCredential? credential, CancellationToken cancellationToken)
    {
        var host = server.Host.Contains(':', StringComparison.Ordinal) && !server.Host.StartsWith('[') ? $"[{server.Host}]" : server.Host;
        var authority = string.Create(CultureInfo.InvariantCulture, $"{host}:{server.Port}");
        var request = new StringBuilder($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n");
        if (credential is not null)
        {
            var user = credential.Domain.Length > 0 ? $@"{credential.Domain}\{credential.UserName}" : credential.UserName;
            request.Append("Proxy-Authorization: Basic ")
                .Append(Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{credential.Password}"))).Append("\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(request.Append("\r\n").ToString()), cancellationToken);
        await stream.FlushAsync(cancellationToken);
        Check(await ReadHeadAsync(stream, cancellationToken), authority);
    }

    private static void Check(string head, string authority)
    {
        var lines = head.Split("\r\n");
        var status = lines[0].Split(' ', 3);
        if (status.Length < 2 || !status[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
            || !int.TryParse(status[1], NumberStyles.None, CultureInfo.InvariantCulture, out var code) || status[1].Length != 3)
            throw new HttpRequestException(
                HttpRequestError.ProxyTunnelError, $"The proxy's answer to CONNECT {authority} is not HTTP: '{SafeText.Of(lines[0], MaxShown)}'.");
        if (code is >= 200 and < 300)
            return;

        var asked = lines.Where(line => line.StartsWith("Proxy-Authenticate:", StringComparison.OrdinalIgnoreCase))
            .Select(line => line["Proxy-Authenticate:".Length..].Trim().Split(' ')[0]).ToList();
        var hint = code != 407 ? ""
            : asked.Count == 0 ? " It names no scheme of authentication."
            : $" It asks for {SafeText.Of(string.Join(", ", asked), MaxShown)}; Basic is what is done here, with the proxy's credentials.";
        throw new HttpRequestException(
            HttpRequestError.ProxyTunnelError, $"The proxy refused CONNECT {authority}: '{SafeText.Of(lines[0], MaxShown)}'.{hint}",
            statusCode: (HttpStatusCode)code);
    }

    /// <summary>Up to the empty line and no further: behind it the server speaks.</summary>
    private static async Task<string> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new byte[MaxHead];
        for (var count = 0; count < head.Length;)
        {
            if (await stream.ReadAsync(head.AsMemory(count, 1), cancellationToken) == 0)
                throw new HttpRequestException(
                    HttpRequestError.ProxyTunnelError, "The proxy closed the connection before it had answered CONNECT.");

            count++;
            if (head.AsSpan(0, count).EndsWith("\r\n\r\n"u8))
                return Encoding.Latin1.GetString(head, 0, count - 4);
        }

        throw new HttpRequestException(
            HttpRequestError.ProxyTunnelError, $"The proxy's answer to CONNECT has a head of more than {MaxHead} bytes.");
    }
}
