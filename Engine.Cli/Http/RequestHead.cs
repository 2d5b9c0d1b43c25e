using System.Text;

namespace TlsFsm.Cli.Http;

/// <summary>What a request head says: as much as a server of one page has to know.</summary>
/// <param name="Method">As sent; methods are case-sensitive.</param>
/// <param name="Target">As sent.</param>
/// <param name="MinorVersion">0 for HTTP/1.0, 1 for HTTP/1.1.</param>
internal sealed record RequestHead(string Method, string Target, int MinorVersion)
{
    /// <summary>Reads a complete head (RFC 9112 sections 2 to 5).</summary>
    /// <param name="bytes">From the request line to the empty line.</param>
    /// <param name="head">The head; null when the status is not <see cref="HttpStatus.Ok"/>.</param>
    /// <returns><see cref="HttpStatus.Ok"/>, or the answer to a head that cannot be understood.</returns>
    public static HttpStatus Parse(ReadOnlySpan<byte> bytes, out RequestHead? head)
    {
        head = null;
        var lines = Encoding.Latin1.GetString(bytes).Split('\n').Select(line => line.EndsWith('\r') ? line[..^1] : line).ToArray();
        if (lines.Any(line => line.Any(one => one is '\r' or '\0')))
            return HttpStatus.BadRequest;

        var parts = lines[0].Split(' ');
        if (parts.Length != 3 || !IsToken(parts[0]) || parts[1].Length == 0 || parts[1].Any(one => one is <= ' ' or '\x7f'))
            return HttpStatus.BadRequest;

        var version = parts[2];
        if (version.Length != 8 || !version.StartsWith("HTTP/", StringComparison.Ordinal) || version[6] != '.' ||
            !char.IsAsciiDigit(version[5]) || !char.IsAsciiDigit(version[7]))
            return HttpStatus.BadRequest;
        if (version[5] != '1')
            return HttpStatus.VersionNotSupported;

        var hosts = 0;
        foreach (var field in lines.Skip(1).TakeWhile(line => line.Length > 0))
        {
            // A name that is no token covers white space before the colon, and folded lines.
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || !IsToken(field[..colon]))
                return HttpStatus.BadRequest;

            hosts += field[..colon].Equals("Host", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        }

        // RFC 9112 section 3.2: exactly one Host field, except that HTTP/1.0 needs none.
        var minor = version[7] == '0' ? 0 : 1;
        if (hosts > 1 || (hosts == 0 && minor > 0))
            return HttpStatus.BadRequest;

        head = new RequestHead(parts[0], parts[1], minor);
        return HttpStatus.Ok;
    }

    private static bool IsToken(string text) =>
        text.Length > 0 && text.All(one => char.IsAsciiLetterOrDigit(one) || "!#$%&'*+-.^_`|~".Contains(one, StringComparison.Ordinal));
}
