using System.Security.Authentication;
using TlsFsm.Abstractions.Policy;

namespace TlsFsm.Core.Options;

/// <summary>What a policy must not say.</summary>
internal static class PolicyRules
{
    /// <summary>Checks a policy together with the versions that the options leave of it.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="enabled">Versions that the options enable, already checked.</param>
    /// <param name="parameter">The name of the caller's parameter.</param>
    /// <param name="own">Schemes that a server's credentials bring along.</param>
    /// <exception cref="ArgumentException">It is empty or contradicts itself; the message names how.</exception>
    public static void Check(TlsPolicy? policy, SslProtocols enabled, string parameter, IReadOnlyCollection<TlsSignatureScheme>? own = null)
    {
        if (policy is null)
            throw new ArgumentException($"Policy is null; the default is {nameof(TlsPolicy)}.{nameof(TlsPolicy.Default)}.", parameter);

        const SslProtocols Known = SslProtocols.Tls12 | SslProtocols.Tls13;
        if ((policy.Protocols & Known) == 0 || (policy.Protocols & ~Known) != 0)
            throw Bad($"{nameof(policy.Protocols)} ({policy.Protocols}) is not TLS 1.2, TLS 1.3 or both");

        CheckList(policy.CipherSuites, nameof(policy.CipherSuites),
            static suite => SupportedSuites.KindOf(suite) != SuiteKind.Unknown, static () => SupportedSuites.All);
        CheckList(policy.Groups, nameof(policy.Groups), Enum.IsDefined, Enum.GetValues<TlsNamedGroup>);
        CheckList(policy.SignatureSchemes, nameof(policy.SignatureSchemes), Enum.IsDefined, Enum.GetValues<TlsSignatureScheme>);

        CheckList(policy.CertificateSchemes, nameof(policy.CertificateSchemes), Enum.IsDefined, Enum.GetValues<TlsSignatureScheme>);
        if (policy.MinRsaBits > policy.MaxRsaBits)
            throw Bad($"{nameof(policy.MinRsaBits)} ({policy.MinRsaBits}) is more than {nameof(policy.MaxRsaBits)} ({policy.MaxRsaBits})");

        if (policy.CertificateCurves is null || policy.CertificateCurves.Any(curve => !IsCurve(curve)))
            throw Bad($"{nameof(policy.CertificateCurves)} is null, or has what is no curve");

        var versions = policy.Protocols & enabled;
        if (versions == 0)
            throw Bad($"{nameof(policy.Protocols)} ({policy.Protocols}) and EnabledProtocols ({enabled}) have no version in common");
        if (versions.HasFlag(SslProtocols.Tls13))
            Check13(policy);
        if (versions.HasFlag(SslProtocols.Tls12))
            Check12(policy);
        CheckKeyShares(policy);

        ArgumentException Bad(string what) => new($"Policy: {what}.", parameter);

        // For each connection anew, since a list may have been changed; so without a set or a copy.
        void CheckList<T>(IReadOnlyList<T>? list, string name, Func<T, bool> isKnown, Func<IEnumerable<T>> known) where T : struct
        {
            if (list is null || list.Count == 0)
                throw Bad($"{name} is {(list is null ? "null" : "empty")}: nothing could be negotiated");

            for (var i = 0; i < list.Count; i++)
            {
                if (!isKnown(list[i]))
                    throw Bad($"{name} has {list[i]}, which is not supported; there are {string.Join(", ", known())}");
                for (var before = 0; before < i; before++)
                {
                    if (EqualityComparer<T>.Default.Equals(list[before], list[i]))
                        throw Bad($"{name} has {list[i]} twice");
                }
            }
        }

        void Check13(TlsPolicy policy)
        {
            if (!policy.CipherSuites.Any(suite => SupportedSuites.KindOf(suite) == SuiteKind.Tls13))
                throw Bad($"TLS 1.3 is enabled, and {nameof(policy.CipherSuites)} has no suite of TLS 1.3");
            if (policy.SignatureSchemes.All(IsPkcs1))
                throw Bad($"TLS 1.3 is enabled, and {nameof(policy.SignatureSchemes)} has only RSA PKCS#1, which signs no handshake "
                    + "of TLS 1.3");
        }

        void Check12(TlsPolicy policy)
        {
            var suites = policy.CipherSuites.Where(suite => SupportedSuites.KindOf(suite) != SuiteKind.Tls13).ToList();
            if (suites.Count == 0)
                throw Bad($"TLS 1.2 is enabled, and {nameof(policy.CipherSuites)} has no suite of TLS 1.2");
            if (suites.Any(suite => SupportedSuites.KindOf(suite) != SuiteKind.Psk) && !policy.Groups.Any(IsCurve))
                throw Bad($"{nameof(policy.CipherSuites)} has ECDHE suites of TLS 1.2, and {nameof(policy.Groups)} has no group that TLS "
                    + "1.2 knows");

            var schemes = policy.SignatureSchemes.Concat(own ?? []).ToList();
            foreach (var suite in suites)
            {
                var kind = SupportedSuites.KindOf(suite);
                if (kind == SuiteKind.EcdheEcdsa && schemes.All(IsRsa))
                    throw Bad($"{nameof(policy.CipherSuites)} has {suite}, and {nameof(policy.SignatureSchemes)} has no scheme of ECDSA "
                        + "or Ed25519");
                if (kind == SuiteKind.EcdheRsa && !schemes.Any(IsRsa))
                    throw Bad($"{nameof(policy.CipherSuites)} has {suite}, and {nameof(policy.SignatureSchemes)} has no RSA scheme");
            }
        }

        void CheckKeyShares(TlsPolicy policy)
        {
            foreach (var share in policy.KeyShares ?? [])
            {
                if (!policy.Groups.Contains(share))
                    throw Bad($"{nameof(policy.KeyShares)} has {share}, which {nameof(policy.Groups)} has not");
                if (policy.KeyShares!.Count(one => one == share) > 1)
                    throw Bad($"{nameof(policy.KeyShares)} has {share} twice");
            }
        }
    }

    /// <summary>Whether a group is a curve, which TLS 1.2 knows too. The others have ML-KEM in them or are it, and need TLS 1.3.</summary>
    public static bool IsCurve(TlsNamedGroup group) =>
        group is TlsNamedGroup.Secp256r1 or TlsNamedGroup.Secp384r1 or TlsNamedGroup.Secp521r1 or TlsNamedGroup.X25519
            or TlsNamedGroup.X448;

    public static bool IsPkcs1(TlsSignatureScheme scheme) =>
        scheme is TlsSignatureScheme.RsaPkcs1Sha256 or TlsSignatureScheme.RsaPkcs1Sha384 or TlsSignatureScheme.RsaPkcs1Sha512;

    /// <summary>Whether a scheme is for RSA keys. All others are, on TLS 1.2, for suites of ECDSA (RFC 8422 section 5.10).</summary>
    public static bool IsRsa(TlsSignatureScheme scheme) => IsPkcs1(scheme)
        || scheme is TlsSignatureScheme.RsaPssRsaeSha256 or TlsSignatureScheme.RsaPssRsaeSha384 or TlsSignatureScheme.RsaPssRsaeSha512;
}
