using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Credentials;
using TlsFsm.Abstractions.Verification;

namespace TlsFsm;

/// <summary>
/// How a peer's certificate is judged: before anything is sent that depends on it, and secure unless the caller spells out otherwise.
/// </summary>
/// <remarks>Immutable; refine one with <c>with</c>, as in <c>CertificateVerification.SystemTrust with { Pins = [...] }</c>.</remarks>
public sealed record CertificateVerification
{
    private CertificateVerification() { }

    /// <summary>Chain to a root that the operating system trusts, key usage, dates, and (for servers) the host name.</summary>
    public static CertificateVerification SystemTrust { get; } = new();

    /// <summary>Chain to one of these only; all other checks as <see cref="SystemTrust"/>.</summary>
    /// <param name="roots">
    /// Trusted as they are, for name and key: roots, and also an intermediate or a server's own certificate, which then ends the chain as a
    /// root does, within its dates. With such a one revocation cannot be looked up.
    /// </param>
    /// <exception cref="ArgumentException">No roots: nothing could ever be trusted.</exception>
    public static CertificateVerification TrustedRoots(X509Certificate2Collection roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        if (roots.Count == 0)
            throw new ArgumentException("There must be at least one root: with none, nothing can be trusted.", nameof(roots));

        return new CertificateVerification { Roots = [.. roots] };
    }

    /// <summary>As <see cref="TrustedRoots"/>, from a PEM text; what else is in it is passed over.</summary>
    /// <exception cref="ArgumentException">No certificate, or one that is malformed.</exception>
    public static CertificateVerification TrustedRootsFromPem(string pem)
    {
        ArgumentNullException.ThrowIfNull(pem);
        try
        {
            return TrustedRoots(CredentialReader.Certificates(pem));
        }
        catch (CryptographicException e)
        {
            throw new ArgumentException(e.Message, nameof(pem), e);
        }
    }

    /// <summary>As <see cref="TrustedRoots"/>, from files and folders.</summary>
    /// <param name="paths">
    /// Files with certificates in PEM, or one in DER; of a folder all files in it that end in <c>.pem</c>, <c>.crt</c> or <c>.cer</c>.
    /// </param>
    /// <exception cref="ArgumentException">One has no certificate, or a malformed one; the message names it.</exception>
    /// <exception cref="IOException">One cannot be read.</exception>
    public static CertificateVerification TrustedRootsFromFiles(params IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return TrustedRoots(RootReader.Read(paths));
    }

    /// <summary>Chain by the caller's own policy; the host name and all else as <see cref="SystemTrust"/>.</summary>
    /// <param name="policy">
    /// Copied. Usage is added unless it names one, and the peer's certificates are added to its store. If it reads from the network
    /// (online revocation, certificate downloads) the chain is built away from the loop, by <see cref="Background"/>. Its verification time
    /// counts if it has one; else the connection's clock.
    /// </param>
    public static CertificateVerification ByPolicy(X509ChainPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return new CertificateVerification { ChainPolicy = policy.Clone() };
    }

    /// <summary>The caller judges: nothing is checked before, and the callback's word is final.</summary>
    /// <param name="judge">
    /// Given what the peer presented; returns null to accept, or the alert that tells the peer why not. Called on the connection's loop;
    /// must not block.
    /// </param>
    public static CertificateVerification Custom(Func<PeerCertificates, TlsAlert?> judge)
    {
        ArgumentNullException.ThrowIfNull(judge);
        return new CertificateVerification { Judge = judge };
    }

    /// <summary>Accepts any certificate for any name: no protection against anybody in the middle. For tests and measurements.</summary>
    public static CertificateVerification DangerousAcceptAny { get; } = new() { Judge = static _ => null };

    /// <summary>
    /// The pin of a certificate, for <see cref="Pins"/>: SHA-256 of its public key (SubjectPublicKeyInfo) in Base64, as RFC 7469 has it.
    /// </summary>
    public static string PinOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>The pin of a key, for <see cref="Pins"/> and <see cref="RawPublicKeys"/>.</summary>
    /// <param name="key">Its public part is taken.</param>
    public static string PinOfKey(AsymmetricAlgorithm key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Convert.ToBase64String(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>The only roots trusted; null for the system's.</summary>
    internal X509Certificate2Collection? Roots { get; private init; }

    /// <summary>The caller's own policy; null for ours.</summary>
    internal X509ChainPolicy? ChainPolicy { get; private init; }

    /// <summary>The caller's own judgement in place of ours; null for ours.</summary>
    internal Func<PeerCertificates, TlsAlert?>? Judge { get; private init; }

    /// <summary>
    /// Whether revocation lists and responders are asked. Not together with <see cref="ByPolicy"/>, whose policy says so itself.
    /// </summary>
    /// <value>
    /// Default <see cref="X509RevocationMode.NoCheck"/>: asking costs a visit to the network for each handshake and tells the
    /// authority who visits whom. A stapled response is looked at anyway.
    /// </value>
    public X509RevocationMode RevocationMode { get; init; }

    /// <summary>Which certificates of the chain are looked up, with a <see cref="RevocationMode"/>. Default all but the root.</summary>
    public X509RevocationFlag RevocationFlag { get; init; } = X509RevocationFlag.ExcludeRoot;

    /// <summary>Public keys of which one must be in the chain, each as <see cref="PinOf"/> writes it. Default none: any key.</summary>
    public IReadOnlyCollection<string> Pins { get; init; } = [];

    /// <summary>
    /// Public keys that a peer may present bare, without a certificate (RFC 7250), each as <see cref="PinOf"/> writes it. Default none:
    /// certificates only.
    /// </summary>
    /// <value>
    /// With any, bare keys are negotiated if the peer has them. There is nothing but the key to such an identity: no name, no dates, no
    /// revocation, no <see cref="Review"/>.
    /// </value>
    public IReadOnlyCollection<string> RawPublicKeys { get; init; } = [];

    /// <summary>
    /// In which forms a peer may show its key, most wanted first (server_certificate_type and client_certificate_type, RFC 7250 section 4).
    /// </summary>
    /// <value>
    /// Default null: with <see cref="RawPublicKeys"/> bare keys before certificates, otherwise certificates only. Bare keys alone refuse a
    /// peer that has only a certificate.
    /// </value>
    public IReadOnlyList<TlsCertificateType>? CertificateTypes { get; init; }

    /// <summary>
    /// Whether a server's stapled OCSP response is asked for or required. Default <see cref="StapleMode.Request"/>. Not used on a server.
    /// </summary>
    public StapleMode Staple { get; init; }

    /// <summary>Whether a server is judged again when a session with it is resumed, by what it presented in the full handshake.</summary>
    /// <value>
    /// Default false: the session stands for the verdict that it began with, for at most <see cref="TlsConnectionOptions.MaxSessionAge"/>,
    /// no longer than the certificates are valid, and only under the same trust. True for those who want to hear at once of a certificate
    /// that is no longer good; it costs a resumed handshake the building of the chain. A staple is not looked for: a resumed handshake has
    /// none. A server judges its clients again whatever this says.
    /// </value>
    public bool VerifyOnResumption { get; init; }

    /// <summary>The caller's last word after our checks, with all that they found; null: ours is the last.</summary>
    /// <value>
    /// Called on the connection's loop; must not block, and may answer later. Null accepts, whatever we found; an alert refuses, and
    /// tells the peer why. Answer <c>review.Rejection?.Alert</c> to agree with us. On a server it is also called for a client
    /// that presented nothing.
    /// </value>
    public Action<CertificateReview, TlsDecision<TlsAlert?>>? Review { get; init; }

    /// <summary>
    /// Where good verdicts on chains are kept for the next connections. Default <see cref="VerdictMemory.Shared"/>: for a second, by the
    /// whole process. Null: nowhere, each handshake builds its chain.
    /// </summary>
    public VerdictMemory? Memory { get; init; } = VerdictMemory.Shared;

    /// <summary>Where a chain is built that needs the network, which may block for seconds. Default: the thread pool.</summary>
    // The platform builds chains synchronously. Here alone a thread of the pool is borrowed, and only if the caller asks for the network.
#pragma warning disable RS0030
    public Action<Action> Background { get; init; } =
        static work => ThreadPool.UnsafeQueueUserWorkItem(static work => work(), work, preferLocal: false);
#pragma warning restore RS0030

    /// <summary>The forms of a key that are taken, most wanted first.</summary>
    internal IReadOnlyList<TlsCertificateType> TypesTaken => CertificateTypes
        ?? (RawPublicKeys.Count > 0 ? [TlsCertificateType.RawPublicKey, TlsCertificateType.X509] : [TlsCertificateType.X509]);

    /// <summary>Whether building a chain may read from the network.</summary>
    internal bool NeedsNetwork => RevocationMode == X509RevocationMode.Online
        || ChainPolicy is { } policy && (policy.RevocationMode == X509RevocationMode.Online || !policy.DisableCertificateDownloads);
}
