using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Certificates;

/// <summary>
/// Looks for a sound path from a leaf to a trusted root. The platform verifies each, we say which: all that a verdict rests on (signatures,
/// dates, constraints, revocation) is its own, and what we add is which certificates it is given, and what is too weak.
/// </summary>
internal sealed class ChainSearch
{
    /// <summary>Paths that are built at most: each costs what a handshake does, and the peer chooses how many there are.</summary>
    public const int MaxBuilds = 8;

    // Each may wait for revocation lists and responders.
    private const int MaxBuildsWithNetwork = 2;

    private const string Anew = "Its issuer must make it anew.";

    private readonly ExaminationSubject _subject;
    private readonly List<(X509Certificate2 Certificate, ChainFault Fault)> _unfit = [];
    private readonly CandidatePaths _paths;
    private readonly X509Certificate2[] _others;
    private readonly bool _areAnchorsKnown;
    private X509Chain? _first;
    private IReadOnlyList<ChainFault> _faults = [];
    private int _builds;

    private ChainSearch(ExaminationSubject subject)
    {
        _subject = subject;
        var own = subject.Verification.ChainPolicy;
        var anchors = subject.Verification.Roots ?? (own?.TrustMode == X509ChainTrustMode.CustomRootTrust ? own.CustomTrustStore : null);
        _areAnchorsKnown = anchors is not null;
        var paths = new CandidatePaths(anchors ?? [], [], subject.Now);

        // What is unfit in itself is on no good path; but that something better may take its place is seen only without it.
        _others = [.. subject.Presented.Skip(1).Concat(own?.ExtraStore ?? [])
            .Where(one => !paths.IsAnchor(one) && IsFit(one))
            .DistinctBy(one => Convert.ToHexString(SHA256.HashData(one.RawDataMemory.Span)))];
        _paths = new CandidatePaths(anchors ?? [], _others, subject.Now);
    }

    /// <summary>The chain that was found, or the first that was tried; null when none was.</summary>
    public X509Chain? Chain { get; private set; }

    /// <summary>What is wrong, what matters most first; empty when a sound path was found.</summary>
    public IReadOnlyList<ChainFault> Faults { get; private set; } = [];

    /// <summary>Looks for a path.</summary>
    public static ChainSearch Run(ExaminationSubject subject)
    {
        var search = new ChainSearch(subject);
        if (LeafFault(subject) is { } fault)
            search.Faults = [fault];
        else if (!search.TryAll())
            (search.Chain, search.Faults) = (search._first, search.Blame());

        return search;
    }

    /// <summary>What makes a leaf unfit before anybody builds a chain for it.</summary>
    private static ChainFault? LeafFault(ExaminationSubject subject)
    {
        var leaf = subject.Leaf;
        if (CertificateForm.FaultOf(leaf) is { } malformed)
            return new ChainFault("form", CertificateFaults.BadForm.Alert, leaf, malformed, Anew);

        // Keys that the platform had better not be asked to use. One that is only too short comes after trust.
        if (Strength.OfKey(leaf, subject.Policy) is { } weakness
            && Strength.OfKey(leaf, subject.Policy with { MinRsaBits = 1024 }) is { } bad)
            return ChainFault.OfWeakness(leaf, bad with { Detail = weakness.Detail });

        return CertificateForm.MaySign(leaf) ? null : new ChainFault(
            "usage", CertificateFaults.WrongUsage.Alert, leaf,
            "its key usage does not let it sign a handshake (no digitalSignature)",
            $"The {subject.Refusal.Owner} needs a certificate whose key may sign.");
    }

    private bool TryAll()
    {
        // Where the roots are the system's, only the platform knows them.
        if (!_areAnchorsKnown && Try(null))
            return true;

        var most = _subject.Verification.NeedsNetwork ? MaxBuildsWithNetwork : MaxBuilds;
        foreach (var path in _paths.From(_subject.Leaf))
        {
            // A certificate that was revoked is so on every path, or the path is not worth it.
            if (_builds >= most || _faults.Any(fault => fault.Check == "revocation"))
                return false;

            // The whole of what there is was tried above.
            if (!_areAnchorsKnown && path.Count > _others.Length)
                continue;
            if (Try(path))
                return true;
        }

        // No path leads to a root: the platform says how far they lead.
        return _areAnchorsKnown && _builds == 0 && Try(null);
    }

    /// <param name="path">Leaf first; null for whatever the platform finds.</param>
    private bool Try(IReadOnlyList<X509Certificate2>? path)
    {
        _builds++;
        var chain = new X509Chain { ChainPolicy = PolicyFor(path) };
        if (Verify(chain, path) is not { Count: > 0 } faults)
        {
            if (_first is not null)
                Release(_first);
            Chain = chain;
            return true;
        }

        // That something is wrong further up says more than that one of several issuers of a name is not the right one.
        if (_first is null || (IsMisled(_faults) && !IsMisled(faults)))
        {
            if (_first is not null)
                Release(_first);
            (_first, _faults) = (chain, faults);
        }
        else
        {
            Release(chain);
        }

        return false;

        static bool IsMisled(IReadOnlyList<ChainFault> faults) => faults[0].Check is "trust" or "form";
    }

    private IReadOnlyList<ChainFault> Verify(X509Chain chain, IReadOnlyList<X509Certificate2>? path)
    {
        try
        {
            if (!chain.Build(_subject.Leaf))
                return Found(chain, path);
        }
        catch (CryptographicException)
        {
            return [ChainFault.OfUnusable(path ?? [_subject.Leaf, .. _others], _subject)];
        }

        // With an anchor that is no root, the platform was told to bear with a chain that ends early: it must end there and nowhere else.
        var elements = chain.ChainElements;
        if (_areAnchorsKnown && path is not null && IsBorne(path)
            && (elements.Count != path.Count
                || !elements.Zip(path).All(pair => CertificateText.IsSame(pair.First.Certificate, pair.Second))))
            return [new ChainFault(
                "trust", CertificateFaults.Untrusted.Alert, _subject.Leaf,
                "the chain that the platform built does not end at the trusted one", Trust)];

        // Of a certificate that ends a chain early the platform does not even look at the dates.
        if (_areAnchorsKnown && path is not null && IsBorne(path) && ChainFault.OfDates(path[^1], _subject) is { } outdated
            && !chain.ChainPolicy.VerificationFlags.HasFlag(X509VerificationFlags.IgnoreNotTimeValid))
            return [outdated with { Certificate = _subject.Kept(path[^1]) }];

        return Judge([.. elements.Select(element => element.Certificate)]);
    }

    /// <summary>
    /// What the platform found. That a chain ends early is not what is wrong with one which ends at an anchor that is no root.
    /// </summary>
    private IReadOnlyList<ChainFault> Found(X509Chain chain, IReadOnlyList<X509Certificate2>? path)
    {
        var faults = ChainFault.Find(chain, _subject);
        IReadOnlyList<ChainFault> others =
            _areAnchorsKnown && path is not null && IsBorne(path) ? [.. faults.Where(fault => fault.Check != "trust")] : [];
        return others.Count > 0 ? others : faults;
    }

    /// <summary>What the platform does not look at, or not as we want it.</summary>
    /// <param name="chain">From leaf to anchor, which is trusted for its name and key: what else it says proves nothing either way.</param>
    private IReadOnlyList<ChainFault> Judge(IReadOnlyList<X509Certificate2> chain)
    {
        for (var i = 0; i < Math.Max(1, chain.Count - 1); i++)
        {
            if (_subject.Verification.ChainPolicy is not { ApplicationPolicy.Count: > 0 }
                && !Usages.Permit(chain[i], Usages.Of(isPeerServer: !_subject.IsServer)))
                return [ChainFault.OfUsage(_subject.Kept(chain[i]), i, _subject)];

            var isAnchor = i == chain.Count - 1;
            var weakness = Strength.OfKey(chain[i], _subject.Policy) ?? (isAnchor ? null : Strength.OfSignature(chain[i], _subject.Policy));
            if (weakness is not null)
                return [ChainFault.OfWeakness(_subject.Kept(chain[i]), weakness)];
        }

        if (chain.SkipLast(1).Any(CertificateForm.ConstrainsPolicies) && !_subject.CheckPolicies(chain, _subject.Now))
            return [new ChainFault(
                "form", CertificateFaults.BadForm.Alert, _subject.Leaf, "the certificate policies along its chain do not fit together",
                OtherAuthority)];

        return WildcardConstraints.FindIn(CertificateNames.Of(_subject.Leaf), chain.Skip(1)) is { } wildcard
            ? [new ChainFault(
                "form", CertificateFaults.BadForm.Alert, _subject.Leaf,
                $"its name {SafeText.Of(wildcard, 100)} reaches into what an authority above it may not sign for (name constraints)",
                OtherAuthority)]
            : [];
    }

    /// <summary>What is told when no path was sound: the platform's findings, unless something unfit in itself stood in the way.</summary>
    private IReadOnlyList<ChainFault> Blame()
    {
        if (_faults.Count == 0)
            _faults = [new ChainFault(
                "trust", CertificateFaults.Untrusted.Alert, _subject.Leaf, "no chain leads from it to a trusted root", Trust)];
        if (_faults[0].Check != "trust")
            return _faults;

        var isMissing = _unfit.FirstOrDefault(one => _others.Append(_subject.Leaf).Any(
            other => CertificateText.IsIssuedBy(other, one.Certificate)));
        return isMissing.Fault is { } fault ? [fault, .. _faults] : _faults;
    }

    private bool IsFit(X509Certificate2 certificate)
    {
        var fault = CertificateForm.FaultOf(certificate) is { } malformed
            ? new ChainFault("form", CertificateFaults.BadForm.Alert, certificate, malformed, Anew)
            : (Strength.OfKey(certificate, _subject.Policy)
                ?? (CertificateText.IsSelfIssued(certificate) ? null : Strength.OfSignature(certificate, _subject.Policy))) is { } weakness
                ? ChainFault.OfWeakness(certificate, weakness) : null;
        if (fault is null)
            return true;

        // A root that is sent along counts for nothing: either it is trusted as it is, or it is not.
        if (!CertificateText.IsSelfIssued(certificate))
            _unfit.Add((certificate, fault));
        return false;
    }

    private string Trust => $"The {_subject.Refusal.Owner} must send the intermediate certificates along, or their root must be trusted.";

    private string OtherAuthority => $"The {_subject.Refusal.Owner} needs a certificate of an authority that may sign it.";

    private static bool IsBorne(IReadOnlyList<X509Certificate2> path) => !CertificateText.IsSelfIssued(path[^1]);

    private X509ChainPolicy PolicyFor(IReadOnlyList<X509Certificate2>? path)
    {
        var verification = _subject.Verification;
        var policy = verification.ChainPolicy?.Clone() ?? new X509ChainPolicy
        {
            DisableCertificateDownloads = verification.RevocationMode != X509RevocationMode.Online,
            RevocationMode = verification.RevocationMode,
            RevocationFlag = verification.RevocationFlag,
        };
        policy.VerificationTime = BuildTime().LocalDateTime;
        if (_areAnchorsKnown)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            if (verification.Roots is { } roots)
                policy.CustomTrustStore.AddRange(roots);
        }

        // No usage is asked for: with one, the platform also wants certificate policies of every chain, and refuses valid ones. We look.
        policy.ExtraStore.Clear();
        policy.ExtraStore.AddRange(path is null ? _others : path.Skip(1).ToArray());
        if (path is null || !_areAnchorsKnown)
            return policy;

        policy.CustomTrustStore.Clear();
        if (IsBorne(path))
            policy.VerificationFlags |= X509VerificationFlags.AllowUnknownCertificateAuthority;
        else
            policy.CustomTrustStore.Add(path[^1]);
        return policy;
    }

    /// <summary>
    /// RFC 5280 section 4.1.2.5: a certificate is valid through its last second, in which the platform takes it to be over.
    /// </summary>
    private DateTimeOffset BuildTime() => _others.Append(_subject.Leaf).Concat(_paths.Anchors).Any(
        one => one.NotAfter.ToUniversalTime() == _subject.Now.UtcDateTime) ? _subject.Now.AddSeconds(-1) : _subject.Now;

    /// <summary>Lets go of a chain and the copies of certificates in it.</summary>
    public static void Release(X509Chain chain)
    {
        foreach (var element in chain.ChainElements)
            element.Certificate.Dispose();
        chain.Dispose();
    }
}
