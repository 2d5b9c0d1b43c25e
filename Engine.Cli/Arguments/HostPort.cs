using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TlsFsm.Cli.Arguments;

/// <summary>A peer's address as it is written on a command line: <c>example.org:443</c>, <c>127.0.0.1:443</c>, <c>[::1]:443</c>.</summary>
/// <param name="Host">Name or address, without brackets.</param>
/// <param name="Port">1 to 65535.</param>
internal sealed record HostPort(string Host, int Port)
{
    /// <param name="text">As written.</param>
    /// <param name="value">The address.</param>
    /// <param name="error">What is wrong with the text.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out HostPort? value, [NotNullWhen(false)] out string? error)
    {
        value = null;
        string host;
        string? port;
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            host = end < 0 ? "" : text[1..end];
            if (!IPAddress.TryParse(host, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
            {
                error = $"'{text}': the brackets must hold an IPv6 address, as in [::1]:443.";
                return false;
            }

            port = end + 1 < text.Length && text[end + 1] == ':' ? text[(end + 2)..] : null;
        }
        else
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon >= 0 && text.IndexOf(':', colon + 1) >= 0)
            {
                error = $"'{text}': write an IPv6 address in brackets, as in [::1]:443.";
                return false;
            }

            host = colon < 0 ? text : text[..colon];
            port = colon < 0 ? null : text[(colon + 1)..];
        }

        if (port is null)
        {
            error = $"'{text}': the port is missing, as in example.org:443.";
            return false;
        }

        if (host.Length == 0 || host.Any(char.IsWhiteSpace))
        {
            error = $"'{text}': the host is missing, as in example.org:443.";
            return false;
        }

        if (!TryParsePort(port, minimum: 1, out var number))
        {
            error = $"'{text}': the port must be a number from 1 to {IPEndPoint.MaxPort}.";
            return false;
        }

        value = new HostPort(host, number);
        error = null;
        return true;
    }

    public static bool TryParsePort(string text, int minimum, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port >= minimum && port <= IPEndPoint.MaxPort;

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
