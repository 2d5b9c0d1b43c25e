using System.Formats.Asn1;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Verification;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Certificates;

/// <summary>What our checks of a peer's certificate found. Disposing lets go of the chain.</summary>
internal sealed class Examination : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string RsaKey = "1.2.840.113549.1.1.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    // MD5 and SHA-1 with RSA, and SHA-1 with DSA and ECDSA: forgeries are affordable.
    private static readonly HashSet<string> WeakSignatures =
        ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10040.4.3", "1.2.840.10045.4.1"];

    private readonly ExaminationSubject _subject;
    private X509Chain? _chain;
    private bool _isDisposed;

    private Examination(ExaminationSubject subject) => _subject = subject;

    /// <summary>Not built where the verdict was known.</summary>
    public X509Chain Chain => _chain ??= new X509Chain();

    /// <summary>Why the certificate is refused; null when it is not.</summary>
    public TlsCertificateException? Rejection { get; private set; }

    public SslPolicyErrors PolicyErrors { get; private set; }

    public StapleStatus Staple { get; private set; }

    /// <summary>Builds the chain and looks at everything. Reads from the network only if the caller's policy says so.</summary>
    public static Examination Run(ExaminationSubject subject)
    {
        var examination = new Examination(subject);
        try
        {
            examination.RunChecks();
        }
        catch (CryptographicException e)
        {
            // A certificate is only read in full when it is used: its key, say.
            examination.Reject(SslPolicyErrors.RemoteCertificateChainErrors, () => examination.Fault(
                "encoding", CertificateFaults.BadForm.Alert,
                $"The {CertificateVerifier.Owner(subject.IsServer)} certificate '{subject.Leaf.Subject}' cannot be read: {e.Message}", e));
        }

        return examination;
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;

        _isDisposed = true;
        if (_chain is null)
            return;

        foreach (var element in _chain.ChainElements)
            element.Certificate.Dispose();
        _chain.Dispose();
    }

    /// <summary>What the chain came to, if it was good.</summary>
    private ChainVerdict? Known => _subject.Recall?.Verdict;

    private void RunChecks()
    {
        if (Known is null)
            CheckChain();
        if (_subject.Name is { } name)
            CheckName(name);
        else if (!_subject.IsServer)
            Reject(SslPolicyErrors.RemoteCertificateNameMismatch, () => Fault(
                "host name", CertificateFaults.WrongName.Alert,
                $"The server's certificate '{_subject.Leaf.Subject}' is for no name that was asked for: "
                + $"{nameof(TlsClientOptions.TargetHost)} is null."));
        if (Rejection is null)
            CheckPins();

        // A resumed handshake has no Certificate message that a response could come with.
        if (Rejection is null && !_subject.IsServer && !_subject.IsResumed)
            CheckStaple();
    }

    private void CheckChain()
    {
        var now = _subject.Now.LocalDateTime;
        Chain.ChainPolicy = PolicyFor(now);
        var isTrusted = Chain.Build(_subject.Leaf);
        var fault = isTrusted ? FindWeakness() : ChainFault.Find(Chain, now);
        if (fault is not null)
            Reject(SslPolicyErrors.RemoteCertificateChainErrors, () => FaultOf(fault));
        else
            _subject.Recall?.Keep(Chain, _subject.Presented);
    }

    private X509ChainPolicy PolicyFor(DateTime now)
    {
        var verification = _subject.Verification;
        X509ChainPolicy policy;
        if (verification.ChainPolicy is { } own)
        {
            policy = own.Clone();
        }
        else
        {
            policy = new X509ChainPolicy
            {
                VerificationTime = now,
                VerificationTimeIgnored = false,
                DisableCertificateDownloads = verification.RevocationMode != X509RevocationMode.Online,
                RevocationMode = verification.RevocationMode,
                RevocationFlag = verification.RevocationFlag,
            };
            if (verification.Roots is { } roots)
            {
                policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                policy.CustomTrustStore.AddRange(roots);
            }
        }

        if (policy.ApplicationPolicy.Count == 0)
            policy.ApplicationPolicy.Add(new Oid(_subject.IsServer ? ClientAuthentication : ServerAuthentication));
        for (var i = 1; i < _subject.Presented.Count; i++)
            policy.ExtraStore.Add(_subject.Presented[i]);
        return policy;
    }

    private ChainFault? FindWeakness()
    {
        // The root is trusted for its key: how it signed itself proves nothing either way.
        for (var i = 0; i < Math.Max(1, Chain.ChainElements.Count - 1); i++)
        {
            var certificate = Chain.ChainElements[i].Certificate;
            var algorithm = certificate.SignatureAlgorithm;
            if (i < Chain.ChainElements.Count - 1 && WeakSignatures.Contains(algorithm.Value ?? ""))
                return new ChainFault("signature", CertificateFaults.Weak.Alert, i, certificate.Subject,
                    $"it is signed with {algorithm.FriendlyName ?? algorithm.Value}, which can be forged");

            if (RsaBits(certificate) is { } bits && bits < _subject.MinRsaBits)
                return new ChainFault("key", CertificateFaults.Weak.Alert, i, certificate.Subject,
                    $"its RSA key has {bits} bits; {_subject.MinRsaBits} to 8192 are accepted");
        }

        return null;
    }

    /// <summary>
    /// The size of an RSA key, from its encoding (RFC 8017 appendix A.1.1): the platform takes a tenth of a millisecond to make an object
    /// of one.
    /// </summary>
    /// <returns>Null for a key of another kind.</returns>
    /// <exception cref="CryptographicException">It cannot be read.</exception>
    private static int? RsaBits(X509Certificate2 certificate)
    {
        if (certificate.GetKeyAlgorithm() != RsaKey)
            return null;

        try
        {
            var modulus = new AsnReader(certificate.GetPublicKey(), AsnEncodingRules.DER).ReadSequence().ReadIntegerBytes().Span
                .TrimStart((byte)0);
            return modulus.IsEmpty ? 0 : (8 * modulus.Length) - byte.LeadingZeroCount(modulus[0]);
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException($"the RSA key of '{certificate.Subject}' is malformed", e);
        }
    }

    private void CheckName(PeerName name)
    {
        bool matches;
        try
        {
            matches = _subject.Leaf.MatchesHostname(name.Host, allowWildcards: true, allowCommonName: false);
        }
        catch (CryptographicException e)
        {
            Reject(SslPolicyErrors.RemoteCertificateNameMismatch, () => Fault(
                "host name", CertificateFaults.WrongName.Alert,
                $"The names in the server's certificate '{_subject.Leaf.Subject}' cannot be read: {e.Message}", e));
            return;
        }

        if (!matches)
            Reject(SslPolicyErrors.RemoteCertificateNameMismatch, () => Fault(
                "host name", CertificateFaults.WrongName.Alert,
                $"The server's certificate '{_subject.Leaf.Subject}' is not for '{name.Host}' but for {Names(_subject.Leaf)}."));
    }

    private void CheckPins()
    {
        var pins = _subject.Verification.Pins;
        if (pins.Count == 0
            || (Known?.Pins ?? Chain.ChainElements.Select(element => CertificateVerification.PinOf(element.Certificate))).Any(
                pins.Contains))
            return;

        Reject(SslPolicyErrors.RemoteCertificateChainErrors, () => Fault(
            "pin", CertificateFaults.WrongPin.Alert,
            $"No public key in the chain of the certificate '{_subject.Leaf.Subject}' is pinned; its own would be "
            + $"'{CertificateVerification.PinOf(_subject.Leaf)}'."));
    }

    private void CheckStaple()
    {
        if (_subject.Verification.Staple == StapleMode.Off)
            return;

        Staple = _subject.Staple.IsEmpty ? StapleStatus.None : StatusOfStaple();
        var isRequired = _subject.Verification.Staple == StapleMode.Require;
        var isDemanded = MustStaple.IsDemandedBy(_subject.Leaf);
        var (alert, words) = Staple switch
        {
            StapleStatus.Revoked => (CertificateFaults.Revoked.Alert, "it says that the certificate is revoked"),
            StapleStatus.Invalid =>
                (CertificateFaults.BadStaple.Alert, "it is malformed, for another certificate, or signed by somebody else"),
            StapleStatus.Unknown => (CertificateFaults.BadStaple.Alert, "its responder does not know the certificate"),
            StapleStatus.Outdated when isRequired || isDemanded => (CertificateFaults.BadStaple.Alert, "it is outdated"),
            StapleStatus.None when isRequired =>
                (CertificateFaults.BadStaple.Alert, $"there is none, and {nameof(StapleMode)}.{nameof(StapleMode.Require)} wants one"),
            StapleStatus.None when isDemanded =>
                (CertificateFaults.BadStaple.Alert, "there is none, and the certificate demands one (must-staple)"),
            _ => (CertificateFaults.BadStaple.Alert, ""),
        };
        if (words.Length > 0)
            Reject(SslPolicyErrors.RemoteCertificateChainErrors, () => Fault(
                "staple", alert, $"The OCSP response stapled to the server's certificate '{_subject.Leaf.Subject}' does not do: {words}."));
    }

    private StapleStatus StatusOfStaple()
    {
        if (Known is null)
            return _subject.CheckStaple(_subject.Leaf, Chain.ChainElements[Math.Min(1, Chain.ChainElements.Count - 1)].Certificate);

        using var issuer = Known.Issuer;
        return _subject.CheckStaple(_subject.Leaf, issuer);
    }

    /// <summary>The first reason counts; what else is wrong is only added to the errors.</summary>
    private void Reject(SslPolicyErrors error, Func<TlsCertificateException> reason)
    {
        PolicyErrors |= error;
        Rejection ??= reason();
    }

    private TlsCertificateException FaultOf(ChainFault fault)
    {
        var where = fault.Depth == 0 ? "" : $" at '{fault.Subject}'";
        var host = _subject.Name is null ? "" : $" for '{_subject.Name.Host}'";
        var certificate = _subject.Presented.FirstOrDefault(one => one.Subject == fault.Subject) ?? _subject.Leaf;
        return new TlsCertificateException(
            $"The {CertificateVerifier.Owner(_subject.IsServer)} certificate '{_subject.Leaf.Subject}'{host} fails the check "
            + $"'{fault.Check}'{where}: {fault.Detail}.",
            fault.Alert, fault.Check, certificate, _subject.Name?.Host);
    }

    private TlsCertificateException Fault(string check, TlsAlert alert, string words, Exception? inner = null) =>
        new(words, alert, check, _subject.Leaf, _subject.Name?.Host, inner);

    private static string Names(X509Certificate2 leaf)
    {
        var names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(
                extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))
            .Take(11)
            .ToList();
        return names.Count switch
        {
            0 => "no name at all",
            > 10 => string.Join(", ", names.Take(10)) + ", ...",
            _ => string.Join(", ", names),
        };
    }
}
