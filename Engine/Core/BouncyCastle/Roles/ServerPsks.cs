using System.Net.Security;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.BouncyCastle.Library;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>Which external pre-shared key, of those that a client names on TLS 1.3, a server goes by.</summary>
internal static class ServerPsks
{
    /// <summary>Of a client's list, no more are looked up.</summary>
    private const int MaxIdentities = 8;

    /// <returns>Null for none.</returns>
    public static TlsPsk? Find(TlsServerOptions options, SecurityPolicy policy, IList<PskIdentity> identities, int[] offeredSuites)
    {
        if (options.FindPsk is null)
            return null;

        foreach (var identity in identities.Take(MaxIdentities))
        {
            // After a second ClientHello the suite stands already; before the first answer there must be one for the key's hash.
            // Its age means nothing (RFC 8446 section 4.2.11).
            if (PskKeys.Find(options, identity.Identity) is { } psk
                && SuiteFor(psk, policy, offeredSuites) >= 0)
                return psk;
        }

        return null;
    }

    /// <summary>The suite for a key's hash; negative without one.</summary>
    public static int SuiteFor(TlsPsk psk, SecurityPolicy policy, int[] offeredSuites)
    {
        var ours = policy.CipherSuites;
        var (first, second) = policy.Source.PreferClientOrder ? (offeredSuites, ours) : (ours, offeredSuites);
        foreach (var suite in first)
        {
            if (SupportedSuites.KindOf((TlsCipherSuite)suite) == SuiteKind.Tls13 && Array.IndexOf(second, suite) >= 0
                && PskKeys.Fits(psk, suite))
                return suite;
        }

        return -1;
    }
}
