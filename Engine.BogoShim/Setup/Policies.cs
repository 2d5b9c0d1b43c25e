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
        SignatureSchemes = config.VerifyPreferences.Count == 0 ? TlsPolicy.Default.SignatureSchemes : KnownOf(config.VerifyPreferences),
        PreferClientOrder = config.Cipher is null && !config.ServerPreference,
    };

    /// <summary>Those that are there: of a list, what is missing is neither offered nor taken.</summary>
    public static IReadOnlyList<TlsSignatureScheme> KnownOf(List<int> schemes)
    {
        var known = schemes.Select(scheme => (TlsSignatureScheme)scheme).Where(Enum.IsDefined).ToList();
        return known.Count > 0 ? known : throw new UnimplementedException("Of these signature schemes none is there.");
    }

    private static T Known<T>(int value) where T : struct, Enum =>
        Enum.IsDefined((T)(object)value) ? (T)(object)value : throw new UnimplementedException($"{typeof(T).Name} {value} is not there.");
}
