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
            throw new TlsCertificateException(
                $"The judgement of the {Owner(subject.IsServer)} certificate {CertificateText.NameOf(subject.Leaf)} may take time.",
                CertificateFaults.BadChain.Alert, "time", subject.Leaf, subject.TargetHost);

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
    /// <param name="known">The verdict on the very same ones, which holds them; null when it is not known.</param>
    /// <exception cref="TlsCertificateException">One of them is malformed, or there are too many.</exception>
    /// <param name="host">The host that they were presented for; null on a server.</param>
    public static IReadOnlyList<X509Certificate2> Load(
        IReadOnlyList<byte[]> encoded, TlsLimits limits, ChainVerdict? known = null, string? host = null)
    {
        if (encoded.Count > limits.MaxCertificateChainLength)
            throw TooLong(encoded, limits, host);

        if (known is not null)
            return known.Presented;

        var chain = new X509Certificate2[encoded.Count];
        for (var i = 0; i < chain.Length; i++)
        {
            try
            {
                chain[i] = X509CertificateLoader.LoadCertificate(encoded[i]);
            }
            catch (CryptographicException e)
            {
                throw new TlsCertificateException(
                    $"The peer's certificate number {i + 1} of {chain.Length}{For(host)} is malformed: it is no X.509 certificate in DER"
                    + $"{(i > 0 ? $" (the first is {CertificateText.NameOf(chain[0])})" : "")}.",
                    CertificateFaults.BadForm.Alert, "encoding", certificate: null, host, e);
            }
        }

        return chain;
    }

    /// <summary>A certificate that cannot even be taken apart: which, if that can be told, and what is wrong with it.</summary>
    public static TlsCertificateException Malformed(byte[] encoded, Exception cause)
    {
        try
        {
            var certificate = X509CertificateLoader.LoadCertificate(encoded);
            var detail = CertificateForm.FaultOf(certificate) ?? "its encoding is malformed";
            return new TlsCertificateException(
                $"The peer's certificate {CertificateText.NameOf(certificate)} fails the check 'form': {detail}.",
                CertificateFaults.BadForm.Alert, "form", certificate, host: null, cause) { Detail = detail };
        }
        catch (CryptographicException)
        {
            return new TlsCertificateException(
                "One of the peer's certificates is malformed: it is no X.509 certificate in DER.", CertificateFaults.BadForm.Alert,
                "encoding", certificate: null, host: null, cause);
        }
    }

    private static TlsCertificateException TooLong(IReadOnlyList<byte[]> encoded, TlsLimits limits, string? host)
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

        return new TlsCertificateException(
            $"The peer presented {encoded.Count} certificates{For(host)}, the first "
            + $"{(leaf is null ? "unreadable" : CertificateText.NameOf(leaf))}; that is more than "
            + $"{nameof(limits.MaxCertificateChainLength)} ({limits.MaxCertificateChainLength}).",
            CertificateFaults.TooLongChain.Alert, "chain length", leaf, host);
    }

    private static string For(string? host) => host is null ? "" : $" for '{host}'";

    public static string Owner(bool isServer) => isServer ? "client's" : "server's";

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

            var subject = question.Certificates.Count > 0 ? $" {CertificateText.NameOf(question.Certificates[0])}" : "";
            throw new TlsCertificateException(
                $"The application rejected the {Owner(question.IsServer)} certificate{subject} ({alert}).",
                alert, "application", question.Certificates.Count > 0 ? question.Certificates[0] : null, question.TargetHost,
                question.Rejection);
        });

    private static void CheckWith(Func<PeerCertificates, TlsAlert?> judge, PeerCertificates presented, HandshakeGate gate) =>
        gate.Ask<TlsAlert?>(decision => decision.Complete(VerdictOf(judge, presented)), verdict =>
        {
            if (verdict is { } alert)
                throw new TlsCertificateException(
                    $"The application rejected the {Owner(presented.IsServer)} certificate "
                    + $"{CertificateText.NameOf(presented.Leaf)} ({alert}).",
                    alert, "application", presented.Leaf, presented.TargetHost);
        });

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
