using System.Runtime.CompilerServices;
using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.Options;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Library;

/// <summary>
/// A <see cref="TlsPolicy"/>, narrowed to the versions that are enabled, in BouncyCastle's numbers. Made once for each policy.
/// </summary>
internal sealed class SecurityPolicy
{
    private static readonly ConditionalWeakTable<TlsPolicy, SecurityPolicy?[]> Known = [];

    private readonly bool _is12;
    private readonly int[] _suites;
    private readonly int[] _groups;
    private readonly int[] _groups12;
    private readonly int[] _schemes;
    private readonly int[] _keyShares;

    private SecurityPolicy(TlsPolicy policy, SslProtocols versions)
    {
        var is13 = versions.HasFlag(SslProtocols.Tls13);
        var is12 = _is12 = versions.HasFlag(SslProtocols.Tls12);
        Source = policy;
        Versions = [.. is13 ? [ProtocolVersion.TLSv13] : (ProtocolVersion[])[], .. is12 ? [ProtocolVersion.TLSv12] : (ProtocolVersion[])[]];
        _suites = [.. policy.CipherSuites.Where(suite => SupportedSuites.KindOf(suite) == SuiteKind.Tls13 ? is13 : is12).Select(
            suite => (int)suite)];
        _groups = [.. policy.Groups.Where(group => is13 || PolicyRules.IsCurve(group)).Select(group => (int)group)];
        _groups12 = [.. policy.Groups.Where(PolicyRules.IsCurve).Select(group => (int)group)];
        _schemes = [.. policy.SignatureSchemes.Select(scheme => (int)scheme)];
        _keyShares = !is13
            ? [] : [.. (policy.KeyShares ?? policy.Groups.Take(1).Union(policy.Groups.Where(PolicyRules.IsCurve).Take(1))).Select(
                group => (int)group)];
        HasCbc = policy.CipherSuites.Any(SupportedSuites.IsCbc);
        HasPsk12 = is12 && policy.CipherSuites.Any(SupportedSuites.IsPsk);
    }

    public TlsPolicy Source { get; }

    public ProtocolVersion[] Versions { get; }

    public int[] CipherSuites => [.. _suites];

    public int[] Groups => [.. _groups];

    /// <summary>The groups that a client sends a key share for at once.</summary>
    public IList<int> KeyShareGroups => [.. _keyShares];

    public IList<SignatureAndHashAlgorithm> SignatureAlgorithms => [.. _schemes.Select(SignatureScheme.GetSignatureAndHashAlgorithm)];

    /// <summary>Signature schemes, most wanted first.</summary>
    public IReadOnlyList<int> Schemes => _schemes;

    /// <summary>Whether a suite may be chosen that encrypt_then_mac (RFC 7366) is for.</summary>
    public bool HasCbc { get; }

    /// <summary>Whether a suite of TLS 1.2 may be chosen that needs a pre-shared key.</summary>
    public bool HasPsk12 { get; }

    /// <summary>The numbers of a policy, the same object each time.</summary>
    public static SecurityPolicy Of(TlsPolicy policy, SslProtocols enabled)
    {
        var versions = policy.Protocols & enabled;
        var slot = (versions.HasFlag(SslProtocols.Tls13) ? 1 : 0) + (versions.HasFlag(SslProtocols.Tls12) ? 2 : 0);
        var made = Known.GetValue(policy, static _ => new SecurityPolicy?[4]);

        // Two at once make equal ones; either may stay.
        return made[slot] ??= new SecurityPolicy(policy, versions);
    }

    /// <summary>
    /// What a client offers. On TLS 1.2 the list also names the curves of the certificates that it takes (RFC 8422 section 5.1), its own
    /// included; those come last, and are not for the key exchange. On TLS 1.3 the list says nothing of certificates (RFC 8446 section
    /// 4.2.7).
    /// </summary>
    public int[] OfferedGroups => _is12 ? [.. _groups, .. Source.CertificateCurves.Select(curve => (int)curve).Except(_groups)] : Groups;

    /// <summary>Whether a group may be agreed on for the key exchange: those for certificates alone may not.</summary>
    public bool PermitsGroup(int group) => Array.IndexOf(_groups, group) >= 0;

    /// <summary>A server's version for a client: ours first; BouncyCastle would follow the client's order.</summary>
    /// <exception cref="TlsFatalAlert">There is none.</exception>
    public ProtocolVersion VersionFor(ProtocolVersion[] offered) =>
        Array.Find(Versions, version => ProtocolVersion.Contains(offered, version)) ?? throw Faults.Carry(OwnFaults.NoVersion(
            $"The client speaks none of our protocol versions ({string.Join<ProtocolVersion>(", ", Versions)})."));

    /// <summary>
    /// RFC 5746 section 4.3, for a server. Nothing is ever renegotiated here, so a client that is admitted without extended master secret,
    /// which is younger, may do without this too.
    /// </summary>
    /// <exception cref="TlsFatalAlert">The client must know secure renegotiation, and does not.</exception>
    public void CheckRenegotiation(bool isSecure)
    {
        if (!isSecure && Source is { RequireSecureRenegotiation: true, RequireExtendedMasterSecret: true })
            throw Faults.Carry(OwnFaults.NoSecureRenegotiation(isOfClient: true));
    }

    /// <summary>TLS 1.3: why there is no group in common, which BouncyCastle does not say; null when there is one.</summary>
    /// <param name="offered">The client's; null when it names none.</param>
    public TlsException? FaultOfGroups(int[]? offered) =>
        offered is not null && Array.Exists(_groups, group => Array.IndexOf(offered, group) >= 0) ? null : OwnFaults.NoGroup(
            $"The client has no group of ours (RFC 8446 section 4.2.7): it names {Names(offered ?? [])}, and ours are {Names(_groups)}.");

    /// <summary>The group of a TLS 1.2 key exchange: ours in our order, of those that the client has; negative without one.</summary>
    /// <param name="offered">The client's groups; null when it names none, which leaves the choice to us (RFC 8422 section 4).</param>
    public int SelectGroup12(int[]? offered)
    {
        // Who says nothing about groups is old, and has P-256 if it has any.
        if (offered is null)
            return Array.IndexOf(_groups12, NamedGroup.secp256r1) >= 0 ? NamedGroup.secp256r1 : -1;

        var (first, second) = Source.PreferClientOrder ? (offered, _groups12) : (_groups12, offered);
        foreach (var group in first)
        {
            if (Array.IndexOf(second, group) >= 0)
                return group;
        }

        return -1;
    }

    /// <summary>The first of some groups, by name and number: a client may name thousands.</summary>
    private static string Names(int[] groups) => groups.Length == 0
        ? "none" : string.Join(", ", groups.Take(16).Select(NamedGroup.GetText)) + (groups.Length > 16 ? ", ..." : "");

    /// <summary>Whether a scheme may sign a handshake of this version.</summary>
    public bool Permits(int scheme, bool isTls13) =>
        Array.IndexOf(_schemes, scheme) >= 0 && !(isTls13 && PolicyRules.IsPkcs1((TlsSignatureScheme)scheme));
}
