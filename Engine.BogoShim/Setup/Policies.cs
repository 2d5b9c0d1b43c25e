using System.Security.Authentication;
using TlsFsm.Abstractions;
using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Setup;

/// <summary>What may be negotiated: the engine's default policy, where the flags say nothing. Only suites are more, because the runner takes all for there.</summary>
internal static class Policies
{
    /// <summary>The versions that the flags leave.</summary>
    /// <exception cref="UnimplementedException">None of them is there.</exception>
    public static SslProtocols VersionsOf(ShimConfig config)
    {
        var versions = SslProtocols.None;
        if (config.MinVersion <= 0x0303 && config.MaxVersion is 0 or >= 0x0303 && !config.NoTls12)
            versions |= SslProtocols.Tls12;
        if (config.MaxVersion is 0 or >= 0x0304 && !config.NoTls13)
            versions |= SslProtocols.Tls13;
        return versions != SslProtocols.None ? versions : throw new UnimplementedException("Only versions before TLS 1.2 are left.");
    }

    /// <summary>The policy of a connection.</summary>
    /// <exception cref="UnimplementedException">A group or scheme is asked for that is not there.</exception>
    public static TlsPolicy PolicyOf(ShimConfig config) => config.Compliance ?? TlsPolicy.Default with
    {
        CipherSuites = [.. CipherList.Tls13, .. config.Cipher is null ? CipherList.All : CipherList.Parse(config.Cipher)],
        Groups = config.Curves.Count == 0 ? TlsPolicy.Default.Groups : [.. config.Curves.Select(Known<TlsNamedGroup>)],
        CertificateCurves = config.Curves.Count == 0 ? TlsPolicy.Default.CertificateCurves : [],
        KeyShares = config.KeyShares?.Select(Known<TlsNamedGroup>).ToList(),
        SignatureSchemes = SchemesOf(config),
        PreferClientOrder = config.Cipher is null && !config.ServerPreference,
    };

    /// <summary>The engine has one list of schemes for both directions; the runner has one for each, and mostly says only one of them.</summary>
    private static IReadOnlyList<TlsSignatureScheme> SchemesOf(ShimConfig config)
    {
        var signing = config.Credential.SigningPreferences;
        if (config.VerifyPreferences.Count > 0 && signing.Count > 0 && !config.VerifyPreferences.SequenceEqual(signing))
            throw new UnimplementedException("Other schemes to sign than to verify are not there.");
        if (config.VerifyPreferences.Count > 0)
            return KnownOf(config.VerifyPreferences);
        if (signing.Count == 0)
            return TlsPolicy.Default.SignatureSchemes;

        // What we sign with is also what the peer may sign with. With keys of the other kind it may use any: they are not ours.
        var own = KnownOf(signing);
        return [.. own, .. TlsPolicy.Default.SignatureSchemes.Where(scheme => IsEcdsa(scheme) != IsEcdsa(own[0]))];
    }

    /// <summary>Those that are there: of a list, what is missing is neither offered nor taken.</summary>
    private static List<TlsSignatureScheme> KnownOf(List<int> schemes)
    {
        var known = schemes.Select(scheme => (TlsSignatureScheme)scheme).Where(Enum.IsDefined).ToList();
        return known.Count > 0 ? known : throw new UnimplementedException("Of these signature schemes none is there.");
    }

    private static bool IsEcdsa(TlsSignatureScheme scheme) => scheme.ToString().StartsWith("Ecdsa", StringComparison.Ordinal);

    private static T Known<T>(int value) where T : struct, Enum =>
        Enum.IsDefined((T)(object)value) ? (T)(object)value : throw new UnimplementedException($"{typeof(T).Name} {value} is not there.");
}
