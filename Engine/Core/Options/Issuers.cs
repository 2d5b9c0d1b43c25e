using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Core.Options;

/// <summary>The authorities that a server names to its clients.</summary>
internal static class Issuers
{
    public static IReadOnlyList<X500DistinguishedName> Of(TlsServerOptions options) =>
        options.AcceptableIssuers
            ?? [.. (options.ClientVerification.Roots ?? options.ClientVerification.ChainPolicy?.CustomTrustStore ?? []).Select(
                root => root.SubjectName)];
}
