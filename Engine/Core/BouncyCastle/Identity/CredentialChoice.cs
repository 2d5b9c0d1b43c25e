using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Identity;

/// <summary>
/// Which of a server's credentials a client gets, and in which form. The one place where that is decided, from all that the client says.
/// </summary>
/// <remarks>
/// The credential comes before the cipher suite: on TLS 1.2 it narrows the suites, on TLS 1.3 the two have nothing to do with each other.
/// </remarks>
internal sealed class CredentialChoice
{
    private CredentialChoice(Presented? presented, TlsException? failure)
    {
        Presented = presented;
        Failure = failure;
    }

    /// <summary>What is presented; null when nothing fits.</summary>
    public Presented? Presented { get; }

    /// <summary>Why nothing fits; null when something does.</summary>
    public TlsException? Failure { get; }

    /// <summary>Chooses.</summary>
    /// <param name="credentials">What there is, most wanted first.</param>
    /// <param name="client">What the client says.</param>
    /// <param name="time">Those within their dates come first.</param>
    public static CredentialChoice For(IReadOnlyList<TlsCredential> credentials, ClientWishes client, DateTimeOffset time)
    {
        (CredentialChoice Choice, int Rank)? best = null;
        List<string>? obstacles = null;
        var isFormOnly = true;
        foreach (var source in credentials)
        {
            var credential = PresentableCredential.Of(source);
            var isNamed = client.Names(source);
            var form = client.FormOf(source);
            var obstacle = form is null ? "the client does not take its type of certificate"
                : !isNamed && source.MustMatchIssuer ? "the client names no authority that it leads to"
                : client.ObstacleTo(credential);
            if (obstacle is not null)
            {
                (obstacles ??= []).Add($"'{SafeText.Of(source.Certificate.Subject, 160)}': {obstacle}");
                isFormOnly &= form is null;
                continue;
            }

            // What the client can verify (RFC 8446 section 4.4.2.2), then authorities that it names (section 4.2.4), should guide the
            // choice; where nothing fits all of it, the best there is goes out, and the client decides.
            var rank = (OwnCredentials.IsCurrent(source, time) ? 0 : 4)
                + (form == TlsCertificateType.RawPublicKey || client.Verifies(source) ? 0 : 2)
                + (isNamed || !client.HasAuthorities ? 0 : 1);
            if (best is null || rank < best.Value.Rank)
                best = (new CredentialChoice(new Presented(credential, form == TlsCertificateType.RawPublicKey), failure: null), rank);
            if (rank == 0)
                break;
        }

        return best?.Choice ?? new CredentialChoice(null, obstacles is null
            ? OwnFaults.NoCredential("The client knows none of our pre-shared keys, and we have no certificate.")
            : OwnFaults.NoCredential($"None of our credentials fits this client. {string.Join("; ", obstacles)}.", isFormOnly));
    }
}

/// <summary>What a client says of the certificates that it takes.</summary>
internal sealed class ClientWishes
{
    private readonly TlsServerContext _context;
    private readonly SecurityPolicy _policy;
    private readonly int[] _offeredSuites;
    private readonly short[]? _types;
    private readonly List<byte[]> _authorities = [];
    private readonly bool _isTls13;

    /// <param name="context">The handshake, whose version stands.</param>
    /// <param name="policy">Ours.</param>
    /// <param name="offeredSuites">The client's cipher suites.</param>
    /// <param name="extensions">The client's.</param>
    public ClientWishes(TlsServerContext context, SecurityPolicy policy, int[] offeredSuites, IDictionary<int, byte[]>? extensions)
    {
        _context = context;
        _policy = policy;
        _offeredSuites = offeredSuites;
        _isTls13 = TlsUtilities.IsTlsV13(context);
        _types = extensions is null ? null : TlsExtensionsUtilities.GetServerCertificateTypeExtensionClient(extensions);
        if (extensions is null || !extensions.TryGetValue(ExtensionType.certificate_authorities, out var authorities))
            return;

        for (var names = new Cursor(new Cursor(authorities).Vector16()); !names.IsAtEnd;)
            _authorities.Add(names.Vector16().ToArray());
    }

    /// <summary>Whether it names authorities at all.</summary>
    public bool HasAuthorities => _authorities.Count > 0;

    /// <summary>Whether a credential leads to an authority that it names.</summary>
    public bool Names(TlsCredential credential) => HasAuthorities && credential.LeadsTo(_authorities);

    /// <summary>
    /// Whether it says that it takes the signatures on a chain: by signature_algorithms_cert, else by signature_algorithms (RFC 8446
    /// section 4.2.3).
    /// </summary>
    public bool Verifies(TlsCredential credential) =>
        ChainSignatures.AreAmong(_context.SecurityParameters.ClientSigAlgsCert ?? _context.SecurityParameters.ClientSigAlgs, credential);

    /// <summary>
    /// RFC 7250 section 4.2: the form in which it gets a credential: of those that there are, the one that it names first; null when it
    /// takes none.
    /// </summary>
    public TlsCertificateType? FormOf(TlsCredential credential)
    {
        if (_types is null)
            return credential.IsKeyOnly ? null : TlsCertificateType.X509;

        foreach (var type in _types)
        {
            if (type == CertificateType.RawPublicKey && credential.OfferRawPublicKey)
                return TlsCertificateType.RawPublicKey;
            if (type == CertificateType.X509 && !credential.IsKeyOnly)
                return TlsCertificateType.X509;
        }

        return null;
    }

    /// <summary>What keeps a key from signing for this client; null when nothing does.</summary>
    public string? ObstacleTo(PresentableCredential credential)
    {
        var security = _context.SecurityParameters;
        if (!_isTls13)
        {
            if (_policy.SelectGroup12(security.ClientSupportedGroups) < 0)
                return "the client has no group of ours";
            if (!HasSuiteFor(credential))
                return $"the client has no cipher suite of ours for an {(credential.IsRsa ? "RSA" : "ECDSA")} key";

            // RFC 8422 section 5.1: on TLS 1.2 the groups are also the curves on which it takes keys.
            if (credential.Curve >= 0 && security.ClientSupportedGroups is { } groups && Array.IndexOf(groups, credential.Curve) < 0)
                return "the client does not have its curve";
        }

        return credential.SelectScheme(security.ClientSigAlgs, _isTls13, _policy) < 0
            ? "no signature scheme fits it, the client and our policy" : null;
    }

    private bool HasSuiteFor(PresentableCredential credential)
    {
        foreach (var suite in _policy.CipherSuites)
        {
            if (credential.IsFor(suite) && Array.IndexOf(_offeredSuites, suite) >= 0)
                return true;
        }

        return false;
    }
}
