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
    private readonly ExaminationSubject _subject;
    private readonly List<TlsCertificateException> _findings = [];
    private X509Chain? _chain;
    private bool _isDisposed;

    private Examination(ExaminationSubject subject) => _subject = subject;

    /// <summary>Not built where the verdict was known, or the leaf is not even fit to build one.</summary>
    public X509Chain Chain => _chain ??= new X509Chain();

    /// <summary>Why the certificate is refused; null when it is not.</summary>
    public TlsCertificateException? Rejection => _findings.Count > 0 ? _findings[0] : null;

    /// <summary>All that was found wrong, what matters most first.</summary>
    public IReadOnlyList<TlsCertificateException> Findings => _findings;

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
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            // A certificate is only read in full when it is used: its key, say.
            examination.Reject(
                SslPolicyErrors.RemoteCertificateChainErrors, new ChainFault(
                    "encoding", CertificateFaults.BadForm.Alert, subject.Leaf, "it, or one that leads to it, cannot be read",
                    "Its issuer must make it anew."), e);
        }

        return examination;
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;

        _isDisposed = true;
        if (_chain is not null)
            ChainSearch.Release(_chain);
    }

    /// <summary>What the chain came to, if it was good.</summary>
    private ChainVerdict? Known => _subject.Recall?.Verdict;

    private void RunChecks()
    {
        if (Known is null)
            CheckChain();
        CheckName();
        if (Rejection is null)
            CheckPins();

        // A resumed handshake has no Certificate message that a response could come with.
        if (Rejection is null && !_subject.IsServer && !_subject.IsResumed)
            CheckStaple();
    }

    private void CheckChain()
    {
        var search = ChainSearch.Run(_subject);
        _chain = search.Chain;
        foreach (var fault in search.Faults)
            Reject(SslPolicyErrors.RemoteCertificateChainErrors, fault);
        if (search.Faults.Count == 0)
            _subject.Recall?.Keep(Chain, _subject.Presented);
    }

    private void CheckName()
    {
        if (_subject.IsServer)
            return;
        if (_subject.Name is not { } name)
        {
            RejectName(
                $"nobody said which host it must be for: {nameof(TlsClientOptions.TargetHost)} is null",
                $"Set {nameof(TlsClientOptions.TargetHost)}.");
            return;
        }

        try
        {
            var names = CertificateNames.Of(_subject.Leaf);
            if (!names.Fits(name))
                RejectName(
                    $"it is not for {(name.IsAddress ? "the address " : "")}'{name.Host}' but for {names.Words(name)}",
                    names.IsEmpty
                        ? "The server needs a certificate whose subject alternative name has it; the common name counts for nothing."
                        : "Connect to a name that it is for, or give the server a certificate for this one.");
        }
        catch (AsnContentException e)
        {
            RejectName(
                "its extension 'subject alternative name' is malformed, so it is for nobody", "Its issuer must make it anew.", e);
        }
    }

    private void RejectName(string detail, string remedy, Exception? cause = null) => Reject(
        SslPolicyErrors.RemoteCertificateNameMismatch,
        new ChainFault("host name", CertificateFaults.WrongName.Alert, _subject.Leaf, detail, remedy), cause);

    private void CheckPins()
    {
        var pins = _subject.Verification.Pins;
        if (pins.Count == 0
            || (Known?.Pins ?? Chain.ChainElements.Select(element => CertificateVerification.PinOf(element.Certificate))).Any(
                pins.Contains))
            return;

        Reject(SslPolicyErrors.RemoteCertificateChainErrors, new ChainFault(
            "pin", CertificateFaults.WrongPin.Alert, _subject.Leaf, "no public key in its chain is pinned",
            $"If it is the right one, add its pin '{CertificateVerification.PinOf(_subject.Leaf)}' to "
            + $"{nameof(CertificateVerification.Pins)}."));
    }

    private void CheckStaple()
    {
        var mode = _subject.Verification.Staple;
        if (mode == StapleMode.Off)
            return;

        Staple = _subject.Staple.IsEmpty ? StapleStatus.None : StatusOfStaple();
        if (StapleRules.Fault(Staple, mode, MustStaple.IsDemandedBy(_subject.Leaf)) is var (fault, words, remedy))
            Reject(
                SslPolicyErrors.RemoteCertificateChainErrors, new ChainFault("staple", fault.Alert, _subject.Leaf, words, remedy));
    }

    private StapleStatus StatusOfStaple()
    {
        if (Known is null)
            return _subject.CheckStaple(_subject.Leaf, Chain.ChainElements[Math.Min(1, Chain.ChainElements.Count - 1)].Certificate);

        using var issuer = Known.Issuer;
        return _subject.CheckStaple(_subject.Leaf, issuer);
    }

    /// <summary>The first reason counts; what else is wrong is only added to it.</summary>
    private void Reject(SslPolicyErrors error, ChainFault fault, Exception? cause = null)
    {
        PolicyErrors |= error;
        _findings.Add(_subject.Refusal.Of(fault, _subject.Presented, cause));
    }
}
