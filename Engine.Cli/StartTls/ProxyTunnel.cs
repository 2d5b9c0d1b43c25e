using System.Globalization;
using TlsFsm.Cli.Arguments;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.StartTls;

/// <summary>A tunnel through an HTTP proxy (RFC 9110 section 9.3.6).</summary>
internal static class ProxyTunnel
{
    public static async Task OpenAsync(PlainDialog dialog, HostPort target, CancellationToken cancellationToken)
    {
        await dialog.SendLineAsync($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n", cancellationToken);
        var status = await dialog.ReadLineAsync(cancellationToken);
        while ((await dialog.ReadLineAsync(cancellationToken)).Length > 0)
        {
            // Headers say nothing that the tunnel needs.
        }

        var parts = status.Split(' ', 3);
        if (parts.Length < 2 || !parts[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            throw new CliException($"the proxy's answer '{status}' is no HTTP", ExitCode.Io);
        if (code is < 200 or > 299)
            throw new CliException($"the proxy refused the tunnel to {target}: {string.Join(' ', parts[1..])}", ExitCode.Io);
    }
}
