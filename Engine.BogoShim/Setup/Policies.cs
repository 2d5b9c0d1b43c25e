using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Abstractions;
using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Setup;

/// <summary>
/// What may be negotiated: the engine's default policy, where the flags say nothing. Only suites are more, because the runner takes all for
/// there. What one list makes useless in another is left out: the engine takes it for a contradiction, where BoringSSL finds nothing in common.
/// </summary>
internal static class Policies
{
    /// <summary>The versions that the flags leave, less those that their lists have nothing for.</summary>
    /// <exception cref="UnimplementedException">None of them is there.</exception>
    public static SslProtocols VersionsOf(ShimConfig config)
    {
        var is12 = config.MinVersion <= 0x0303 && config.MaxVersion is 0 or >= 0x0303 && !config.NoTls12;
        var is13 = config.MaxVersion is 0 or >= 0x0304 && !config.NoTls13;
        if (!is12 && !is13)
            throw new UnimplementedException("Only versions before TLS 1.2 are left.");

        var policy = PolicyOf(config);
        is12 &= policy.CipherSuites.Any(suite => !CipherList.IsTls13(suite)) && policy.Groups.Any(IsCurve);
        is13 &= !policy.SignatureSchemes.All(IsPkcs1);
        return is12 || is13
            ? (is12 ? SslProtocols.Tls12 : SslProtocols.None) | (is13 ? SslProtocols.Tls13 : SslProtocols.None)
            : throw new UnimplementedException("The lists leave nothing for any version that is there.");
    }

    /// <summary>The policy of a connection.</summary>
    /// <exception cref="UnimplementedException">A group or scheme is asked for that is not there.</exception>
    public static TlsPolicy PolicyOf(ShimConfig config)
    {
        if (config.Compliance is not null)
            return config.Compliance;

        var schemes = SchemesOf(config);
        var suites = config.Cipher is null ? CipherList.All : CipherList.Parse(config.Cipher);
        return TlsPolicy.Default with
        {
            CipherSuites = [.. CipherList.Tls13, .. suites.Where(suite => schemes.Any(scheme => IsEcdsa(scheme) == CipherList.IsEcdsa(suite)))],
            Groups = config.Curves.Count == 0 ? TlsPolicy.Default.Groups : [.. config.Curves.Select(Known<TlsNamedGroup>)],
            CertificateCurves = config.Curves.Count == 0 ? TlsPolicy.Default.CertificateCurves : [],
            KeyShares = config.KeyShares?.Select(Known<TlsNamedGroup>).ToList(),
            SignatureSchemes = schemes,
            PreferClientOrder = config.Cipher is null && !config.ServerPreference,
        };
    }

    /// <summary>The engine has one list of schemes for both directions; the runner has one for each, and mostly says only one of them.</summary>
    private static IReadOnlyList<TlsSignatureScheme> SchemesOf(ShimConfig config)
    {
        var signing = config.Credential.SigningPreferences;
        if (config.VerifyPreferences.Count > 0)
        {
            var taken = KnownOf(config.VerifyPreferences);
            var canSign = signing.Count > 0 ? config.VerifyPreferences.SequenceEqual(signing)
                : config is not { IsServer: true, Credential.KeyFile: { } file } || taken.Any(scheme => IsEcdsa(scheme) == Credentials.IsEcdsa(file));
            return canSign ? taken : throw new UnimplementedException("Other schemes to sign than to verify are not there.");
        }

        if (signing.Count == 0)
            return TlsPolicy.Default.SignatureSchemes;

        // What we sign with is also what the peer may sign with. With keys of a kind that is not named it may use any: they are not ours.
        var own = KnownOf(signing);
        return [.. own, .. TlsPolicy.Default.SignatureSchemes.Where(scheme => !own.Any(one => IsEcdsa(one) == IsEcdsa(scheme)))];
    }

    /// <summary>Those that are there: of a list, what is missing is neither offered nor taken.</summary>
    private static List<TlsSignatureScheme> KnownOf(List<int> schemes)
    {
        var known = schemes.Select(scheme => (TlsSignatureScheme)scheme).Where(Enum.IsDefined).ToList();
        return known.Count > 0 ? known : throw new UnimplementedException("Of these signature schemes none is there.");
    }

    private static bool IsEcdsa(TlsSignatureScheme scheme) => scheme.ToString().StartsWith("Ecdsa", StringComparison.Ordinal);

    private static bool IsPkcs1(TlsSignatureScheme scheme) => scheme.ToString().StartsWith("RsaPkcs1", StringComparison.Ordinal);

    /// <summary>The others, of ML-KEM or with it, are for TLS 1.3 alone.</summary>
    private static bool IsCurve(TlsNamedGroup group) => !group.ToString().Contains("MLKem", StringComparison.Ordinal);

    private static T Known<T>(int value) where T : struct, Enum =>
        Enum.IsDefined((T)(object)value) ? (T)(object)value : throw new UnimplementedException($"{typeof(T).Name} {value} is not there.");
}
