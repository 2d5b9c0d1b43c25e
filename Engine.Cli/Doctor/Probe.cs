using System.Net.Security;

namespace TlsFsm.Cli.Doctor;

/// <summary>What one connection offers.</summary>
internal sealed record Probe
{
    /// <summary>Versions, suites, groups and schemes.</summary>
    public required TlsPolicy Policy { get; init; }

    /// <summary>The name that is asked for in place of the usual one; an address asks for none.</summary>
    public string? ServerName { get; init; }

    public IReadOnlyList<SslApplicationProtocol> ApplicationProtocols { get; init; } = [];

    /// <summary>
    /// Offers what is in it, and waits for something new to come in, with an HTTP request where the server says that it speaks that. Null:
    /// neither.
    /// </summary>
    public TicketWatch? Tickets { get; init; }
}
