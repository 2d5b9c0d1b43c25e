using System.Security.Authentication;
using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Setup;

/// <summary>
/// What may be negotiated: the engine's default policy, where the flags say nothing. Only suites are more, because the runner takes all for
/// there. What one list makes useless in another is left out: the engine takes it for a contradiction, where BoringSSL finds nothing in
/// common.
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

        var verifying = config.VerifyPreferences.Count == 0 ? TlsPolicy.Default.SignatureSchemes : KnownOf(config.VerifyPreferences);
        var suites = config.Cipher is null ? CipherList.All : CipherList.Parse(config.Cipher);
        return TlsPolicy.Default with
        {
            CipherSuites = [.. CipherList.Tls13,
                .. suites.Where(suite => verifying.Concat(SigningOf(config)).Any(scheme => IsRsa(scheme) != CipherList.IsEcdsa(suite)))],
            Groups = config.Curves.Count == 0 ? TlsPolicy.Default.Groups : [.. config.Curves.Select(Known<TlsNamedGroup>)],

            // On TLS 1.2 the flag is the whole list; on 1.3 alone the engine's default is none of the wire's business.
            CertificateCurves =
                config.Curves.Count > 0 && config.MinVersion < 0x0304 && !config.NoTls12 ? [] : TlsPolicy.Default.CertificateCurves,
            KeyShares = config.KeyShares?.Select(Known<TlsNamedGroup>).ToList(),
            SignatureSchemes = verifying,
            PreferClientOrder = config.Cipher is null && !config.ServerPreference,
        };
    }

    /// <summary>
    /// The policy's list is for the peer. What we sign with is a credential's own matter, where the flags tell the two apart.
    /// </summary>
    public static IReadOnlyList<TlsSignatureScheme>? SigningOf(ShimConfig config, CredentialConfig credential) =>
        credential.SigningPreferences.Count > 0 ? KnownOf(credential.SigningPreferences)
        : config.VerifyPreferences.Count > 0 ? TlsPolicy.Default.SignatureSchemes
        : null;

    /// <summary>Schemes that a server's suites may be signed with.</summary>
    private static IEnumerable<TlsSignatureScheme> SigningOf(ShimConfig config) =>
        config.IsServer ? config.Credentials.Append(config.Credential).SelectMany(one => SigningOf(config, one) ?? []) : [];

    /// <summary>Those that are there: of a list, what is missing is neither offered nor taken.</summary>
    public static IReadOnlyList<TlsSignatureScheme> KnownOf(List<int> schemes)
    {
        var known = schemes.Select(scheme => (TlsSignatureScheme)scheme).Where(Enum.IsDefined).ToList();
        return known.Count > 0 ? known : throw new UnimplementedException("Of these signature schemes none is there.");
    }

    private static bool IsRsa(TlsSignatureScheme scheme) => scheme.ToString().StartsWith("Rsa", StringComparison.Ordinal);

    private static bool IsPkcs1(TlsSignatureScheme scheme) => scheme.ToString().StartsWith("RsaPkcs1", StringComparison.Ordinal);

    /// <summary>The others, of ML-KEM or with it, are for TLS 1.3 alone.</summary>
    private static bool IsCurve(TlsNamedGroup group) => !group.ToString().Contains("MLKem", StringComparison.Ordinal);

    private static T Known<T>(int value) where T : struct, Enum =>
        Enum.IsDefined((T)(object)value) ? (T)(object)value : throw new UnimplementedException($"{typeof(T).Name} {value} is not there.");
}
