using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Strictness;
using CertificateRequest = Org.BouncyCastle.Tls.CertificateRequest;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>What a server presents, and what it makes of what the client presents.</summary>
internal sealed partial class ServerPeer
{
    private CredentialChoice? _credential;
    private PeerIdentity _client = PeerIdentity.None;
    private byte[]? _staple;

    /// <summary>The stapled response of this handshake, the same one each time; empty without one.</summary>
    private byte[] Staple
    {
        get
        {
            if (_staple is null)
                conduct.Gate.Ask<byte[]>(
                    decision => decision.Complete(Chosen.Presented?.Credential.Source.Staple?.Take() ?? []),
                    response => _staple = response);
            return _staple!;
        }
    }

    public override CertificateStatus GetCertificateStatus() =>
        Staple.Length == 0 ? null! : new CertificateStatus(CertificateStatusType.ocsp, OcspResponse.GetInstance(Staple));

    public X509Certificate2? ServerCertificate => Presented is { IsRaw: false } own ? own.Credential.Source.Certificate : null;

    /// <summary>What the client has seen of us, now or in the session that is resumed; null with a pre-shared key.</summary>
    public Presented? Presented => Resumption.Resumed is not null ? Resumption.Presented : IsPsk ? null : Chosen.Presented;

    /// <summary>What this client gets in a full handshake.</summary>
    private CredentialChoice Chosen => _credential ??= CredentialChoice.For(
        options.AllCredentials, new ClientWishes(m_context, _policy, m_offeredCipherSuites, m_clientExtensions),
        options.TimeProvider.GetUtcNow());

    public override TlsCredentials GetCredentials()
    {
        if (IsPsk)
            return null!;
        if (Chosen.Failure is { } failure)
            throw Faults.Carry(failure);

        var (credential, isRaw) = Chosen.Presented!;
        var signer = credential.SignerFor(
            m_context.SecurityParameters.ClientSigAlgs, TlsUtilities.IsTlsV13(m_context), TlsUtilities.EmptyBytes, _policy,
            m_certificateStatusRequest is null ? [] : Staple, isRaw, crypto.Tape)!;
        crypto.OwnSignatureScheme = signer.Scheme;
        return signer;
    }

    // Ours first: who has told us which bare keys he knows wants to see one.
    protected override bool PreferLocalClientCertificateTypes() => true;

    protected override short[] GetAllowedClientCertificateTypes() =>
        options.ClientCertificates == ClientCertificateMode.None ? null! : Encodings.Of(options.ClientVerification.TypesTaken)!;

    public override CertificateRequest GetCertificateRequest()
    {
        if (options.ClientCertificates == ClientCertificateMode.None || IsPsk)
            return null!;

        // RFC 7250 section 4.2. Where both have named types, BouncyCastle has found one; where the client has not, it is X.509.
        RawKeys.CheckType(
            (TlsCertificateType)m_context.SecurityParameters.ClientCertificateType, options.ClientVerification, isServer: true);
        var algorithms = _policy.SignatureAlgorithms;
        var issuers = Issuers.Of(options);
        IList<X509Name>? names = issuers.Count == 0 ? null : [.. issuers.Select(name => X509Name.GetInstance(name.RawData))];
        return TlsUtilities.IsTlsV13(m_context)
            ? new CertificateRequest(TlsUtilities.EmptyBytes, algorithms, null, names)
            : new CertificateRequest([ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign], algorithms, names);
    }

    public override void NotifyClientCertificate(Certificate clientCertificate)
    {
        try
        {
            if (clientCertificate.IsEmpty)
            {
                CertificateVerifier.CheckMissing(options.ClientVerification, Missing(), conduct.Gate);
                return;
            }

            if (clientCertificate.CertificateType == CertificateType.RawPublicKey)
            {
                _client = new PeerIdentity([], clientCertificate.GetCertificateAt(0).GetEncoded());
                RawKeys.Check(_client.RawPublicKey.Span, options.ClientVerification, isServer: true);
                return;
            }

            var subject = ExaminationSubject.OfClient(Encodings.Of(clientCertificate), options, PolicyTree.IsValid);
            _client = new PeerIdentity(subject.Presented, default);
            crypto.PeerLeaf = subject.Leaf;
            CertificateVerifier.Check(subject, conduct.Gate);
            crypto.PeerVerdict = subject.Recall!.Verdict;
        }
        catch (TlsException fault)
        {
            throw Faults.Carry(fault);
        }
    }

    protected override bool AllowCertificateStatus() => Staple.Length > 0;

    /// <summary>Why a client without a certificate is refused; null when it is not.</summary>
    private TlsCertificateException? Missing() =>
        options.ClientCertificates != ClientCertificateMode.Require ? null : new TlsCertificateException(
        "The client presented no certificate, and one is required.",
        (TlsUtilities.IsTlsV13(m_context) ? MessageFaults.NoClientCertificate13 : MessageFaults.NoClientCertificate12).Alert, "presence",
        certificate: null, host: null);
}
