using System.Security.Authentication;

namespace TlsFsm.Tests.Network.Stacks;

/// <summary>What another stack is to do in one run, as client or as server.</summary>
internal sealed record StackOrders
{
    public required SslProtocols Version { get; init; }

    /// <summary>What it presents. A server always has one.</summary>
    public TlsCredential? Credential { get; init; }

    /// <summary>Of a server: clients must present a certificate under the tests' root.</summary>
    public bool DemandsCertificate { get; init; }

    /// <summary>The application protocol that it names.</summary>
    public string? ApplicationProtocol { get; init; }

    /// <summary>Of a client: connections, one after the other; each resumes the one before where the stack can.</summary>
    public int Rounds { get; init; } = 1;
}
