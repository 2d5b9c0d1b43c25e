using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TlsFsm.Core.Certificates;

/// <summary>
/// The name that a server is wanted by: a host name in the form of certificates and SNI (A-labels, no dot at the end), or an address.
/// </summary>
/// <param name="Host">The host name or address.</param>
/// <param name="IsAddress">Whether it is an IP address.</param>
internal sealed record PeerName(string Host, bool IsAddress)
{
    private const int MaxHostLength = 253;

    /// <summary>What goes into the server_name extension: never an address (RFC 6066 section 3).</summary>
    public string? ServerNameIndication => IsAddress ? null : Host;

    /// <summary>Reads what a caller wrote: a host name (also internationalised), an IPv4 or an IPv6 address (also in brackets).</summary>
    /// <exception cref="ArgumentException">Neither.</exception>
    public static PeerName Parse(string text, string parameter)
    {
        if (TryParseAddress(text) is { } address)
            return new PeerName(address.ToString(), IsAddress: true);

        var bare = text.EndsWith('.') ? text[..^1] : text;
        if (bare.Length == 0)
            throw new ArgumentException($"The target host '{text}' is empty.", parameter);

        string host;
        try
        {
            host = new IdnMapping().GetAscii(bare);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"The target host '{text}' is no host name: {e.Message}", parameter, e);
        }

        if (host.Length > MaxHostLength)
            throw new ArgumentException(
                $"The target host '{text}' has {host.Length} bytes; a host name has at most {MaxHostLength}.", parameter);
        foreach (var letter in host)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.'))
                throw new ArgumentException($"The target host '{text}' is no host name: it has the character '{letter}'.", parameter);
        }

        return new PeerName(host, IsAddress: false);
    }

    private static IPAddress? TryParseAddress(string text)
    {
        // IPAddress also reads "1" or "127.1"; only the usual four parts count as an address here.
        if (!IPAddress.TryParse(text, out var address))
            return null;
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return new IPAddress(address.GetAddressBytes());

        return text.AsSpan().Count('.') == 3 ? address : null;
    }
}
