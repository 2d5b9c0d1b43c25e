using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Verification;
using TlsFsm.Core.Decisions;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Certificates;

/// <summary>
/// Judges what a peer presented: the chain to a trusted root, dates, usage, signatures, pins, a stapled response, and for a server
/// the name; then asks the caller, who may have the last word. What needs time or the network shuts the handshake's gate.
/// </summary>
internal static class CertificateVerifier
{
    /// <summary>Judges a peer's certificates.</summary>
    /// <param name="subject">What is judged, and how.</param>
    /// <param name="gate">Shut until the verdict is in, if it takes time.</param>
    /// <exception cref="TlsCertificateException">Rejected, and why.</exception>
    /// <exception cref="TlsException">The caller's own judgement threw.</exception>
    public static void Check(ExaminationSubject subject, HandshakeGate gate)
    {
        if (subject.Verification.Judge is { } judge)
        {
            CheckWith(judge,
                new PeerCertificates(
                    subject.Presented, subject.TargetHost,
                    subject.IsServer) { StapledResponse = subject.Staple, IsResumed = subject.IsResumed }, gate);
            return;
        }

        if (subject.Verification.NeedsNetwork)
            gate.Ask<Examination>(
                decision => subject.Verification.Background(() => Answer(subject, decision)),
                examination => Conclude(subject, examination, gate));
        else
            Conclude(subject, Examination.Run(subject), gate);
    }

    /// <summary>Judges certificates again where there is no time to wait: a judgement that may take some is a refusal.</summary>
    /// <exception cref="TlsException">Rejected, or it cannot be said at once.</exception>
    public static void CheckNow(ExaminationSubject subject)
    {
        if (subject.Verification.Review is not null || subject.Verification.NeedsNetwork)
            throw subject.Refusal.Of(
                new ChainFault(
                    "time", CertificateFaults.BadChain.Alert, subject.Leaf, "its judgement may take time, and here there is none",
                    $"The {subject.Refusal.Owner} must present it in a full handshake."), subject.Presented);

        Check(subject, new HandshakeGate());
    }

    /// <summary>Judges a client that presented nothing.</summary>
    /// <param name="verification">Who may have the last word.</param>
    /// <param name="missing">Why it is refused; null when it is not.</param>
    /// <param name="gate">Shut until the verdict is in, if it takes time.</param>
    public static void CheckMissing(CertificateVerification verification, TlsCertificateException? missing, HandshakeGate gate)
    {
        if (verification.Review is { } review)
            AskReview(
                review,
                new CertificateReview { Certificates = [], PolicyErrors = SslPolicyErrors.RemoteCertificateNotAvailable, Rejection =
                    missing, IsServer = true },
                gate, static () => { });
        else if (missing is not null)
            throw missing;
    }

    /// <summary>Reads a peer's certificates.</summary>
    /// <param name="encoded">In DER, leaf first.</param>
    /// <param name="limits">How many there may be.</param>
    /// <param name="refusal">How they are refused, if they are.</param>
    /// <param name="known">The verdict on the very same ones, which holds them; null when it is not known.</param>
    /// <exception cref="TlsCertificateException">One of them is malformed, or there are too many.</exception>
    public static IReadOnlyList<X509Certificate2> Load(
        IReadOnlyList<byte[]> encoded, TlsLimits limits, Refusal refusal, ChainVerdict? known = null)
    {
        if (encoded.Count > limits.MaxCertificateChainLength)
            throw TooLong(encoded, limits, refusal);

        if (known is not null)
            return known.Presented;

        var chain = new X509Certificate2[encoded.Count];
        for (var i = 0; i < chain.Length; i++)
        {
            try
            {
                chain[i] = KnownCertificates.Read(encoded[i]);
            }
            catch (CryptographicException e)
            {
                throw Unreadable(
                    refusal, $"certificate number {i + 1} of {chain.Length}"
                    + (i > 0 ? $" (the first is {CertificateText.NameOf(chain[0])})" : ""), e);
            }
        }

        return chain;
    }

    /// <summary>A certificate that cannot even be taken apart: which, if that can be told, and what is wrong with it.</summary>
    public static TlsCertificateException Malformed(byte[] encoded, Refusal refusal, Exception cause)
    {
        try
        {
            var certificate = X509CertificateLoader.LoadCertificate(encoded);
            return refusal.Of(
                $"certificate {CertificateText.NameOf(certificate)}", "form", CertificateFaults.BadForm.Alert,
                CertificateForm.FaultOf(certificate) ?? "its encoding is malformed", "Its issuer must make it anew.", certificate, cause);
        }
        catch (CryptographicException)
        {
            return Unreadable(refusal, "certificate, its own or one sent along,", cause);
        }
    }

    private static TlsCertificateException Unreadable(Refusal refusal, string which, Exception cause) => refusal.Of(
        which, "encoding", CertificateFaults.BadForm.Alert, "it is no X.509 certificate in DER",
        $"The {refusal.Owner} must send certificates, and nothing else in their place.", certificate: null, cause);

    private static TlsCertificateException TooLong(IReadOnlyList<byte[]> encoded, TlsLimits limits, Refusal refusal)
    {
        X509Certificate2? leaf = null;
        try
        {
            leaf = X509CertificateLoader.LoadCertificate(encoded[0]);
        }
        catch (CryptographicException)
        {
            // Then it has no name; that there are too many is wrong all the same.
        }

        var rejection = refusal.Of(
            leaf is null ? "certificate, which cannot be read," : $"certificate {CertificateText.NameOf(leaf)}", "chain length",
            CertificateFaults.TooLongChain.Alert,
            $"it came as the first of {encoded.Count} certificates, more than {nameof(limits.MaxCertificateChainLength)} "
            + $"({limits.MaxCertificateChainLength})",
            $"The {refusal.Owner} must send only those that lead to a root; or raise "
            + $"{nameof(TlsLimits)}.{nameof(limits.MaxCertificateChainLength)}.", leaf);
        rejection.Limit = nameof(TlsLimits.MaxCertificateChainLength);
        return rejection;
    }

    private static void Answer(ExaminationSubject subject, TlsDecision<Examination> decision)
    {
        try
        {
            decision.Complete(Examination.Run(subject));
        }
        catch (Exception e)
        {
            decision.Fail(e);
        }
    }

    private static void Conclude(ExaminationSubject subject, Examination examination, HandshakeGate gate)
    {
        if (subject.Verification.Review is not { } review)
        {
            examination.Dispose();
            if (examination.Rejection is { } rejection)
                throw rejection;
            return;
        }

        AskReview(
            review,
            new CertificateReview
            {
                Certificates = subject.Presented,
                Chain = examination.Chain,
                PolicyErrors = examination.PolicyErrors,
                Findings = examination.Findings,
                Rejection = examination.Rejection,
                StapledResponse = subject.Staple,
                Staple = examination.Staple,
                TargetHost = subject.TargetHost,
                IsResumed = subject.IsResumed,
                IsServer = subject.IsServer,
            },
            gate,
            examination.Dispose);
    }

    private static void AskReview(
        Action<CertificateReview, TlsDecision<TlsAlert?>> review, CertificateReview question, HandshakeGate gate, Action done) =>
        gate.Ask<TlsAlert?>(decision => review(question, decision), verdict =>
        {
            done();
            if (verdict is not { } alert)
                return;
            if (question.Rejection is { } ours && ours.Alert == alert)
                throw ours;

            throw RefusedByApplication(
                new Refusal(question.IsServer, question.TargetHost), question.Certificates, alert, question.Rejection);
        });

    private static void CheckWith(Func<PeerCertificates, TlsAlert?> judge, PeerCertificates presented, HandshakeGate gate) =>
        gate.Ask<TlsAlert?>(decision => decision.Complete(VerdictOf(judge, presented)), verdict =>
        {
            if (verdict is { } alert)
                throw RefusedByApplication(
                    new Refusal(presented.IsServer, presented.TargetHost), presented.Certificates, alert, cause: null);
        });

    private static TlsCertificateException RefusedByApplication(
        Refusal refusal, IReadOnlyList<X509Certificate2> presented, TlsAlert alert, Exception? cause)
    {
        var detail = $"the application refuses it ({alert})";
        const string Remedy = "Why, only the application knows.";
        return presented.Count > 0
            ? refusal.Of(new ChainFault("application", alert, presented[0], detail, Remedy), presented, cause)
            : refusal.Of("missing certificate", "application", alert, detail, Remedy, certificate: null, cause);
    }

    private static TlsAlert? VerdictOf(Func<PeerCertificates, TlsAlert?> judge, PeerCertificates presented)
    {
        try
        {
            return judge(presented);
        }
        catch (Exception e)
        {
            throw OwnFaults.Threw($"The application's judgement of the certificate {CertificateText.NameOf(presented.Leaf)}", e);
        }
    }
}
