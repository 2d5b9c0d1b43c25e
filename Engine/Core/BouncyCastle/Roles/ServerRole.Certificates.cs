using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Options;
using TlsFsm.Core.Strictness;
using CertificateRequest = Org.BouncyCastle.Tls.CertificateRequest;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>What a server presents, and what it makes of what the client presents.</summary>
internal sealed partial class ServerRole
{
    private CredentialChoice? _credential;
    private ClientJudge _judge = new(options, facts, gate);
    private byte[]? _staple;

    /// <summary>The stapled response of this handshake, the same one each time; empty without one.</summary>
    private byte[] Staple
    {
        get
        {
            if (_staple is not null)
                return _staple;

            // What the client says is read before the application is asked: what is wrong with it is the client's fault.
            var source = Chosen.Presented?.Credential.Source.Staple;
            gate.Ask<byte[]>(
                decision => decision.Complete(source is null ? [] : OwnFaults.Call(nameof(OcspStaple), source.Take)),
                response => _staple = response);
            return _staple!;
        }
    }

    public override CertificateStatus GetCertificateStatus() =>
        Staple.Length == 0 ? null! : new CertificateStatus(CertificateStatusType.ocsp, OcspResponse.GetInstance(Staple));

    public X509Certificate2? ServerCertificate => Presented is { IsRaw: false } own ? own.Credential.Source.Certificate : null;

    /// <summary>What the client has seen of us, now or in the session that is resumed; null with a pre-shared key.</summary>
    public Presented? Presented => Resumption.Resumed is { } resumed ? resumed.Presented : IsPsk ? null : Chosen.Presented;

    /// <summary>What this client gets in a full handshake.</summary>
    private CredentialChoice Chosen => _credential ??= CredentialChoice.For(
        options.AllCredentials, new ClientWishes(m_context, _policy, m_offeredCipherSuites, m_clientExtensions),
        crypto.Once("own time", () => OwnFaults.Now(options.TimeProvider)));

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
        facts.OwnSignatureScheme = signer.Scheme;
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

        return _judge.Request(
            (TlsCertificateType)m_context.SecurityParameters.ClientCertificateType, TlsUtilities.IsTlsV13(m_context),
            _policy.SignatureAlgorithms);
    }

    public override void NotifyClientCertificate(Certificate clientCertificate)
    {
        try
        {
            _judge.Judge(clientCertificate, TlsUtilities.IsTlsV13(m_context));
        }
        catch (TlsException fault)
        {
            throw Faults.Carry(fault);
        }
    }

    protected override bool AllowCertificateStatus() => Staple.Length > 0;
}
