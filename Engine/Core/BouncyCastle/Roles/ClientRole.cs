using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions.Sessions;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.BouncyCastle.Sessions;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Decisions;
using TlsFsm.Core.Strictness;
using CertificateRequest = Org.BouncyCastle.Tls.CertificateRequest;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>A client's wishes and judgements, as BouncyCastle asks for them.</summary>
/// <param name="options">The caller's.</param>
/// <param name="name">The name that the server's certificate must be for; null without one.</param>
/// <param name="crypto">The connection's.</param>
/// <param name="facts">Told what the handshake comes to.</param>
/// <param name="gate">Shut while something is decided.</param>
/// <param name="conduct">Told of the handshake's end.</param>
internal sealed class ClientRole(
    TlsClientOptions options, PeerName? name, NativeCrypto crypto, HandshakeFacts facts, HandshakeGate gate, PeerConduct conduct)
    : AbstractTlsClient(crypto), TlsAuthentication, INegotiation
{
    private readonly SecurityPolicy _policy = facts.Policy = SecurityPolicy.Of(options.Policy, options.EnabledProtocols);
    private PeerIdentity _server = PeerIdentity.None;
    private TlsCredential? _credential;
    private Presented? _presented;
    private bool _isCredentialChosen;
    private bool _isResumedJudged;

    /// <summary>What the handshake settled; null before it finished.</summary>
    public TlsSessionInfo? Session { get; private set; }

    public ClientResumption Resumption { get; } = new(options, crypto, crypto.Tape);

    public X509Certificate2? ServerCertificate => Session?.PeerCertificate;

    public override TlsAuthentication GetAuthentication() => this;

    public void NotifyServerCertificate(TlsServerCertificate serverCertificate)
    {
        try
        {
            if (serverCertificate.Certificate.CertificateType == CertificateType.RawPublicKey)
            {
                _server = new PeerIdentity([], serverCertificate.Certificate.GetCertificateAt(0).GetEncoded());
                RawKeys.Check(_server.RawPublicKey.Span, options.Verification, facts.Refusal);
                return;
            }

            RawKeys.CheckType(TlsCertificateType.X509, options.Verification, facts.Refusal);

            var now = VerificationTime;
            var recall = new ChainRecall(
                Encodings.Of(serverCertificate.Certificate), options.Verification, isServer: false, options.Policy, now);
            var chain = recall.Load(options.Limits, facts.Refusal);
            _server = new PeerIdentity(chain, default);
            facts.PeerLeaf = chain[0];
            Judge(chain, recall, Encodings.StapleOf(serverCertificate), isResumed: false, now);
            facts.PeerVerdict = recall.Verdict;
        }
        catch (TlsException fault)
        {
            throw Faults.Carry(fault);
        }
    }

    /// <summary>Judges a server again whose session is resumed, once, if that is wanted. May take time.</summary>
    public void JudgeResumed()
    {
        if (_isResumedJudged || Resumption.Resumed?.About.Peer is not { } server || !options.Verification.VerifyOnResumption)
            return;

        _isResumedJudged = true;
        try
        {
            if (!server.RawPublicKey.IsEmpty)
            {
                RawKeys.Check(server.RawPublicKey.Span, options.Verification, facts.Refusal);
                return;
            }

            var now = VerificationTime;
            var recall = new ChainRecall(
                [.. server.Certificates.Select(one => one.RawData)], options.Verification, isServer: false, options.Policy, now);
            Judge(server.Certificates, recall, staple: [], isResumed: true, now);
        }
        catch (TlsException fault)
        {
            throw Faults.Carry(fault);
        }
    }

    private DateTimeOffset VerificationTime =>
        crypto.Once("verification time", () => ExaminationSubject.TimeOf(options.Verification, options.TimeProvider));

    private void Judge(
        IReadOnlyList<X509Certificate2> chain, ChainRecall recall, byte[] staple, bool isResumed, DateTimeOffset now) =>
        CertificateVerifier.Check(
        new ExaminationSubject
        {
            Presented = chain,
            Verification = options.Verification,
            Now = now,
            Name = name,
            TargetHost = options.TargetHost,
            IsResumed = isResumed,
            Policy = options.Policy,
            Staple = staple,
            CheckStaple = (leaf, issuer) => StapledResponse.Check(staple, leaf, issuer, now, options.Policy),
            CheckPolicies = PolicyTree.IsValid,
            Recall = recall,
        },
        gate);

    /// <summary>Settles what is presented, once, before BouncyCastle asks. May take time.</summary>
    public void ChooseCredential(CertificateRequest request)
    {
        if (_isCredentialChosen)
            return;

        _isCredentialChosen = true;
        _credential = options.Credential;
        if (options.ChooseCredential is null && options.Credentials.Count == 0 && _credential is not { MustMatchIssuer: true })
            return;

        try
        {
            var demand = new TlsCertificateDemand
            {
                AcceptableIssuers =
                    [.. (request.CertificateAuthorities ?? []).Select(issuer => new X500DistinguishedName(issuer.GetEncoded()))],
                SignatureSchemes = [.. (request.SupportedSignatureAlgorithms ?? []).Select(SignatureScheme.From)
                    .Where(scheme => _policy.Permits(scheme, TlsUtilities.IsTlsV13(m_context))).Select(
                        scheme => (TlsSignatureScheme)scheme)],
                CertificateType = (TlsCertificateType)m_context.SecurityParameters.ClientCertificateType,
                ServerCertificates = _server.Certificates,
                TargetHost = options.TargetHost,
            };
            if (options.ChooseCredential is { } choose)
                gate.Ask<TlsCredential?>(decision => choose(demand, decision), chosen => _credential = Fit(chosen));
            else
                _credential = ChainSignatures.BestOf(
                    options.AllCredentials.Where(one => demand.IsAcceptable(one) && SignerOf(one, request) is not null),
                    request.SupportedSignatureAlgorithmsCert ?? request.SupportedSignatureAlgorithms,
                    crypto.Once("own time", () => OwnFaults.Now(options.TimeProvider)));
        }
        catch (TlsException fault)
        {
            throw Faults.Carry(fault);
        }
    }

    /// <summary>What a callback has chosen is judged as what options name.</summary>
    private TlsCredential? Fit(TlsCredential? chosen) =>
        chosen is null
        || (OwnCredentials.FaultOf(chosen, options.Policy, isServer: false) ?? PresentableCredential.KeyFaultOf(chosen)) is not { } fault
        ? chosen
        : throw OwnFaults.Application(
            $"The credential that {nameof(options.ChooseCredential)} has chosen cannot be presented: {fault}.");

    public TlsCredentials GetClientCredentials(CertificateRequest certificateRequest)
    {
        var signer = _credential is null ? null : SignerOf(_credential, certificateRequest);
        facts.OwnSignatureScheme = signer?.Scheme ?? -1;
        _presented = signer is null ? null : new Presented(
            PresentableCredential.Of(_credential!), m_context.SecurityParameters.ClientCertificateType == CertificateType.RawPublicKey);
        return signer!;
    }

    /// <summary>RFC 8446 section 4.4.2: a client without a fitting certificate answers with none, and the server decides.</summary>
    private NativeSigner? SignerOf(TlsCredential candidate, CertificateRequest request)
    {
        var credential = PresentableCredential.Of(candidate);
        var isTls13 = TlsUtilities.IsTlsV13(m_context);
        var kind = credential.IsRsa ? ClientCertificateType.rsa_sign : ClientCertificateType.ecdsa_sign;
        if (!isTls13 && Array.IndexOf(request.CertificateTypes, kind) < 0)
            return null;

        var context = isTls13 ? request.GetCertificateRequestContext() : TlsUtilities.EmptyBytes;
        var isRaw = m_context.SecurityParameters.ClientCertificateType == CertificateType.RawPublicKey;
        if (isRaw ? !candidate.OfferRawPublicKey : candidate.IsKeyOnly)
            return null;

        // A server that says nothing of types wants a certificate, which need not be what we have offered.
        if (!options.TypesOffered.Contains(isRaw ? TlsCertificateType.RawPublicKey : TlsCertificateType.X509))
            return null;

        return credential.SignerFor(request.SupportedSignatureAlgorithms, isTls13, context, _policy, isRaw: isRaw, tape: crypto.Tape);
    }

    public override TlsPskIdentity GetPskIdentity()
    {
        if (options.Psks.FirstOrDefault(psk => !psk.IsImported) is not { } first)
            return null!;

        facts.PskIdentity = first.Identity.ToArray();
        return new PskKeys.Client(first);
    }

    protected override short[] GetAllowedServerCertificateTypes() => Encodings.Of(options.Verification.TypesTaken)!;

    protected override short[] GetAllowedClientCertificateTypes() => Encodings.Of(options.TypesOffered)!;

    public override IDictionary<int, byte[]> GetClientExtensions()
    {
        var extensions = base.GetClientExtensions();

        // Only for CBC suites (RFC 7366), of which usually none is offered.
        if (!_policy.HasCbc)
            extensions.Remove(ExtensionType.encrypt_then_mac);
        Resumption.AddExtensions(extensions);
        if (options.MaxFragmentLength is { } size)
            TlsExtensionsUtilities.AddMaxFragmentLengthExtension(extensions, (short)(BitOperations.Log2((uint)size) - 8));
        return extensions;
    }

    public override TlsSession GetSessionToResume() => Resumption.SessionToResume()!;

    public override IList<TlsPskExternal> GetExternalPsks() =>
        options.Psks.Count == 0 ? Resumption.TicketKeys()! : [.. options.Psks.Select(psk => PskKeys.External(psk, crypto))];

    public override short[] GetPskKeyExchangeModes() => [PskKeyExchangeMode.psk_dhe_ke];

    public override void NotifySelectedPsk(Org.BouncyCastle.Tls.TlsPsk selectedPsk)
    {
        // With external keys no ticket is offered.
        if (options.Psks.Count > 0)
            facts.PskIdentity = selectedPsk?.Identity;
        Resumption.OnAnswer(selectedPsk is not null && options.Psks.Count == 0);
    }

    public override void NotifySelectedCipherSuite(int selectedCipherSuite)
    {
        base.NotifySelectedCipherSuite(selectedCipherSuite);

        // TLS 1.3 answers later, by the pre-shared key.
        if (!TlsUtilities.IsTlsV13(m_context))
            Resumption.OnAnswer(m_context.SecurityParameters.IsResumedSession);
    }

    public override void NotifyNewSessionTicket(NewSessionTicket newSessionTicket) => Resumption.OnTicket12(newSessionTicket);

    public void OnFailure() => Resumption.OnFailure();

    public void Forget() => Resumption.Dispose();

    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        var resumed = Resumption.Resumed;
        Session = SettledHandshake.Collect(
            m_context, facts, resumed?.About.Peer ?? _server, _presented, name?.ServerNameIndication, resumed?.Origin ?? Guid.NewGuid(),
            resumed is not null);
        Resumption.OnComplete(m_context, Session);
        crypto.HandshakeCompleted(m_context);
        conduct.HandshakeCompleted();
    }

    public override IList<int> GetEarlyKeyShareGroups() => _policy.KeyShareGroups;

    /// <summary>A ClientHello has gone out.</summary>
    public void OnHelloSent() => crypto.OnHelloSent();

    public override int GetMaxHandshakeMessageSize() => options.Limits.MaxHandshakeMessageSize;

    // Counted in CertificateVerifier.Load, where the error can name the limit; the message's size bounds it until then.
    public override int GetMaxCertificateChainLength() => int.MaxValue;

    public override bool RequiresExtendedMasterSecret() => options.Policy.RequireExtendedMasterSecret;

    /// <summary>
    /// Judges the group of the key exchange. On TLS 1.2 the list that is sent names curves of certificates too, and a server cannot tell
    /// them apart; the key exchange goes by the policy's groups all the same.
    /// </summary>
    /// <param name="group">What the server has chosen; negative where it has not.</param>
    /// <exception cref="TlsException">The policy has it for certificates alone.</exception>
    public void CheckGroup(int group)
    {
        if (group >= 0 && !_policy.PermitsGroup(group) && Array.IndexOf(_policy.OfferedGroups, group) >= 0)
            throw OwnFaults.NoGroup(
                $"The server wants {NamedGroup.GetText(group)} for the key exchange, which is not one of the policy's "
                + $"{nameof(TlsPolicy.Groups)}: it was named for certificates alone ({nameof(TlsPolicy.CertificateCurves)}).");
    }

    public override void NotifySecureRenegotiation(bool secureRenegotiation)
    {
        // RFC 5746 section 4.1: such a server can be made to take an attacker's words for the beginning of ours.
        if (!secureRenegotiation && options.Policy.RequireSecureRenegotiation)
            throw Faults.Carry(OwnFaults.NoSecureRenegotiation(isOfClient: false));
    }

    protected override ProtocolVersion[] GetSupportedVersions() => _policy.Versions;

    protected override int[] GetSupportedCipherSuites() => _policy.CipherSuites;

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => _policy.OfferedGroups;

    protected override IList<SignatureAndHashAlgorithm> GetSupportedSignatureAlgorithms() => _policy.SignatureAlgorithms;

    protected override CertificateStatusRequest GetCertificateStatusRequest() =>
        options.Verification.Staple == StapleMode.Off
            ? null! : new CertificateStatusRequest(CertificateStatusType.ocsp, new OcspStatusRequest(null, null));

    protected override IList<ProtocolName> GetProtocolNames() => Encodings.Of(options.ApplicationProtocols)!;

    protected override IList<ServerName> GetSniServerNames() =>
        name?.ServerNameIndication is { } host ? [new ServerName(NameType.host_name, Encoding.ASCII.GetBytes(host))] : null!;
}
