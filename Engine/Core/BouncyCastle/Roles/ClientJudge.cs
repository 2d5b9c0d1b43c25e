using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions.Sessions;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Decisions;
using TlsFsm.Core.Options;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>What a server makes of what its client presents.</summary>
/// <param name="options">The server's.</param>
/// <param name="facts">Told whose key it is.</param>
/// <param name="gate">Shut until the verdict is in, if it takes time.</param>
internal sealed class ClientJudge(TlsServerOptions options, HandshakeFacts facts, HandshakeGate gate)
{
    /// <summary>Who the client has shown to be.</summary>
    public PeerIdentity Client { get; private set; } = PeerIdentity.None;

    /// <summary>What the client is asked for.</summary>
    /// <param name="type">The type of certificate that was agreed.</param>
    /// <param name="isTls13">Says in which form.</param>
    /// <param name="algorithms">What it may sign with.</param>
    /// <exception cref="TlsException">The type is not taken.</exception>
    public CertificateRequest Request(TlsCertificateType type, bool isTls13, IList<SignatureAndHashAlgorithm> algorithms)
    {
        // RFC 7250 section 4.2. Where both have named types, BouncyCastle has found one; where the client has not, it is X.509.
        RawKeys.CheckType(type, options.ClientVerification, facts.Refusal);
        var issuers = Issuers.Of(options);
        IList<X509Name>? names = issuers.Count == 0 ? null : [.. issuers.Select(name => X509Name.GetInstance(name.RawData))];
        return isTls13
            ? new CertificateRequest(TlsUtilities.EmptyBytes, algorithms, null, names)
            : new CertificateRequest([ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign], algorithms, names);
    }

    /// <summary>Judges a Certificate message. May take time.</summary>
    /// <param name="presented">The message.</param>
    /// <param name="isTls13">Says which alert a client hears that has none.</param>
    /// <exception cref="TlsException">Refused.</exception>
    public void Judge(Certificate presented, bool isTls13)
    {
        if (presented.IsEmpty)
        {
            CertificateVerifier.CheckMissing(options.ClientVerification, Missing(isTls13), gate);
            return;
        }

        if (presented.CertificateType == CertificateType.RawPublicKey)
        {
            Client = new PeerIdentity([], presented.GetCertificateAt(0).GetEncoded());
            RawKeys.Check(Client.RawPublicKey.Span, options.ClientVerification, facts.Refusal);
            return;
        }

        var subject = ExaminationSubject.OfClient(Encodings.Of(presented), options, PolicyTree.IsValid);
        Client = new PeerIdentity(subject.Presented, default);
        facts.PeerLeaf = subject.Leaf;
        CertificateVerifier.Check(subject, gate);
        facts.PeerVerdict = subject.Recall!.Verdict;
    }

    /// <summary>Why a client without a certificate is refused; null when it is not.</summary>
    private TlsCertificateException? Missing(bool isTls13) =>
        options.ClientCertificates != ClientCertificateMode.Require ? null : new TlsCertificateException(
            "The client presented no certificate, and one is required. It needs one that leads to an authority of "
            + $"{nameof(options.ClientVerification)}.",
            (isTls13 ? MessageFaults.NoClientCertificate13 : MessageFaults.NoClientCertificate12).Alert, "presence",
            certificate: null, host: null) { Detail = "it presented no certificate, and one is required" };
}
