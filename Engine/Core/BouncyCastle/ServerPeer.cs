using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Sessions;
using TlsFsm.Core.Strictness;
using CertificateRequest = Org.BouncyCastle.Tls.CertificateRequest;
using CertificateStatus = Org.BouncyCastle.Tls.CertificateStatus;
using TlsException = TlsFsm.Abstractions.TlsException;
using TlsPsk = TlsFsm.Abstractions.TlsPsk;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>A server's wishes and judgements, as BouncyCastle asks for them.</summary>
internal sealed class ServerPeer(TlsServerOptions options, NativeCrypto crypto, PeerConduct conduct) : AbstractTlsServer(crypto), INegotiation
{
    /// <summary>Of a client's list of pre-shared keys, no more are looked up.</summary>
    private const int MaxIdentities = 8;

    private SecurityPolicy _policy = crypto.Policy = SecurityPolicy.Of(options.Policy, options.EnabledProtocols);
    private CredentialChoice? _credential;
    private TlsPsk? _psk13;
    private PeerIdentity _client = PeerIdentity.None;
    private readonly Guid _origin = Guid.NewGuid();
    private string? _serverName;
    private byte[]? _staple;
    private bool _isChosen;

    /// <summary>What the handshake settled; null before it finished.</summary>
    public TlsSessionInfo? Session { get; private set; }

    /// <summary>The stapled response of this handshake, the same one each time; empty without one.</summary>
    private byte[] Staple
    {
        get
        {
            if (_staple is null)
                conduct.Gate.Ask<byte[]>(decision => decision.Complete(Chosen.Presented?.Credential.Source.Staple?.Take() ?? []), response => _staple = response);
            return _staple!;
        }
    }

    /// <summary>Takes the options that were chosen for this client. Before the handshake begins.</summary>
    public void Use(TlsServerOptions chosen)
    {
        options = chosen;
        _policy = crypto.Policy = SecurityPolicy.Of(chosen.Policy, chosen.EnabledProtocols);
        Resumption = new ServerResumption(chosen, crypto);
        _isChosen = true;
    }

    public override CertificateStatus GetCertificateStatus() =>
        Staple.Length == 0 ? null! : new CertificateStatus(CertificateStatusType.ocsp, OcspResponse.GetInstance(Staple));

    public override IDictionary<int, byte[]> GetServerExtensions()
    {
        var extensions = base.GetServerExtensions();

        // RFC 6066 section 3: a server that has used the name says so, except when it resumes a session.
        if (_isChosen && _serverName is not null && Resumption.Resumed is null)
            TlsExtensionsUtilities.AddEmptyExtensionData(extensions, ExtensionType.server_name);
        if (!TlsUtilities.IsTlsV13(m_context) && IsTicketWanted)
            extensions[ExtensionType.session_ticket] = [];
        return extensions;
    }

    /// <summary>On TLS 1.2 the one thing that BouncyCastle asks about the extensions of a resumed session.</summary>
    public override void GetServerExtensionsForConnection(IDictionary<int, byte[]> serverExtensions)
    {
        base.GetServerExtensionsForConnection(serverExtensions);
        if (Resumption.Resumed is null)
            return;

        // No client certificate is asked for, so no type of one is named; the type of the server's is the session's.
        serverExtensions.Remove(ExtensionType.client_certificate_type);
        if (m_clientExtensions.ContainsKey(ExtensionType.server_certificate_type) && Presented is { } presented)
            TlsExtensionsUtilities.AddServerCertificateTypeExtensionServer(
                serverExtensions, presented.IsRaw ? CertificateType.RawPublicKey : CertificateType.X509);
    }

    /// <summary>Whether this handshake goes by a pre-shared key, and presents nothing.</summary>
    private bool IsPsk => _psk13 is not null || (!TlsUtilities.IsTlsV13(m_context) && SupportedSuites.IsPsk((TlsCipherSuite)m_selectedCipherSuite));

    public ServerResumption Resumption { get; private set; } = new(options, crypto);

    public X509Certificate2? ServerCertificate => Presented is { IsRaw: false } own ? own.Credential.Source.Certificate : null;

    /// <summary>What the client has seen of us, now or in the session that is resumed; null with a pre-shared key.</summary>
    public Presented? Presented => Resumption.Resumed is not null ? Resumption.Presented : IsPsk ? null : Chosen.Presented;

    /// <summary>What this client gets in a full handshake.</summary>
    private CredentialChoice Chosen => _credential ??= CredentialChoice.For(
        options.AllCredentials, new ClientWishes(m_context, _policy, m_offeredCipherSuites, m_clientExtensions));

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

    private TlsPskExternal FindExternalPsk(IList<PskIdentity> identities)
    {
        // After a HelloRetryRequest this is the second time.
        _psk13 = null;
        if (options.FindPsk is null)
            return null!;

        foreach (var identity in identities.Take(MaxIdentities))
        {
            // After a second ClientHello the suite stands already; before the first answer there must be one for the key's hash.
            // An age is a ticket's; an external key has none (RFC 8446 section 4.2.11).
            if (identity.ObfuscatedTicketAge == 0 && PskKeys.Find(options, identity.Identity) is { } psk && SuiteFor(psk) >= 0)
            {
                _psk13 = psk;
                crypto.PskIdentity = psk.Identity.ToArray();
                return PskKeys.External(psk, crypto);
            }
        }

        return null!;
    }

    public override TlsPskIdentityManager GetPskIdentityManager() => new PskKeys.Server(options, psk => crypto.PskIdentity = psk.Identity.ToArray());

    // Ours first: who has told us which bare keys he knows wants to see one.
    protected override bool PreferLocalClientCertificateTypes() => true;

    protected override short[] GetAllowedClientCertificateTypes() =>
        options.ClientCertificates == ClientCertificateMode.None ? null! : Encodings.Of(options.ClientVerification.TypesTaken)!;

    private int SuiteFor(TlsPsk psk)
    {
        var (first, second) = PreferLocalCipherSuites() ? (_policy.CipherSuites, m_offeredCipherSuites) : (m_offeredCipherSuites, _policy.CipherSuites);
        foreach (var suite in first)
        {
            if (SupportedSuites.KindOf((TlsCipherSuite)suite) == SuiteKind.Tls13 && Array.IndexOf(second, suite) >= 0 && PskKeys.Fits(psk, suite))
                return suite;
        }

        return -1;
    }

    public override CertificateRequest GetCertificateRequest()
    {
        if (options.ClientCertificates == ClientCertificateMode.None || IsPsk)
            return null!;

        // RFC 7250 section 4.2. Where both have named types, BouncyCastle has found one; where the client has not, it is X.509.
        RawKeys.CheckType((TlsCertificateType)m_context.SecurityParameters.ClientCertificateType, options.ClientVerification, isServer: true);
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

            var recall = new ChainRecall(Encodings.Of(clientCertificate), options.ClientVerification, isServer: true, options.Policy.MinRsaBits);
            var chain = recall.Load(options.Limits);
            _client = new PeerIdentity(chain, default);
            crypto.PeerLeaf = chain[0];
            CertificateVerifier.Check(
                new ExaminationSubject
                {
                    Presented = chain, Verification = options.ClientVerification, IsServer = true, MinRsaBits = options.Policy.MinRsaBits, Recall = recall,
                },
                conduct.Gate);
            crypto.PeerVerdict = recall.Verdict;
        }
        catch (TlsException fault)
        {
            throw Faults.Carry(fault);
        }
    }

    public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
    {
        _credential = null;
        if (clientExtensions is not null)
            _serverName = ReadServerName(clientExtensions);

        base.ProcessClientExtensions(clientExtensions);
    }

    /// <summary>TLS 1.3: the identity of the client's pre-shared key, a ticket for one, that was accepted; null for none.</summary>
    public byte[]? AcceptedPsk { get; private set; }

    /// <summary>Whether TLS 1.3 may be chosen.</summary>
    public bool IsTls13Enabled => _policy.Versions.Contains(ProtocolVersion.TLSv13);

    public override ProtocolVersion GetServerVersion()
    {
        // Ours first: BouncyCastle would follow the client's order.
        foreach (var version in GetProtocolVersions())
        {
            if (ProtocolVersion.Contains(m_context.ClientSupportedVersions, version))
                return version;
        }

        throw Faults.Carry(new TlsException(
            $"The client speaks none of our protocol versions ({string.Join(", ", GetProtocolVersions().Select(version => version.ToString()))}).",
            CloseReason.Failed, TlsFault.Incompatible, HelloFaults.NoCommonVersion.Alert));
    }

    /// <summary>TLS 1.2: ours, of what both have; BouncyCastle has chosen it by now.</summary>
    private byte[] SelectedProtocol => m_selectedProtocolName?.GetBytes() ?? [];

    /// <summary>Whether the client takes a ticket of TLS 1.2.</summary>
    private bool IsTicketWanted => IsKeepable && m_clientExtensions?.ContainsKey(ExtensionType.session_ticket) == true;

    /// <summary>
    /// TLS 1.2: a session with a length of fragments would have to be resumed with it (RFC 6066 section 4), which BouncyCastle cannot; one
    /// without extended master secret must not be (RFC 7627 section 5.3).
    /// </summary>
    private bool IsKeepable => Resumption.IsEnabled && m_clientExtensions is { } extensions
        && !extensions.ContainsKey(ExtensionType.max_fragment_length) && extensions.ContainsKey(ExtensionType.extended_master_secret);

    /// <summary>TLS 1.3: the extensions that a ticket is judged by, which BouncyCastle reads after the ticket.</summary>
    public IDictionary<int, byte[]>? OfferedExtensions { get; set; }

    public override TlsPskExternal GetExternalPsk(IList<PskIdentity> identities)
    {
        var accepted = AcceptPsk(identities);
        AcceptedPsk = accepted?.Identity;
        return accepted!;
    }

    private TlsPskExternal? AcceptPsk(IList<PskIdentity> identities)
    {
        if (!Resumption.IsEnabled || OfferedExtensions is not { } offered)
            return FindExternalPsk(identities);

        var suite = TlsUtilities.GetCommonCipherSuite13(ProtocolVersion.TLSv13, m_offeredCipherSuites, GetCipherSuites(), PreferLocalCipherSuites());
        return Resumption.Accept13(identities, suite, ReadServerName(offered), ProtocolFor(offered));
    }

    public override TlsSession GetSessionToResume(byte[] sessionID)
    {
        byte[]? ticket = null;
        m_clientExtensions?.TryGetValue(ExtensionType.session_ticket, out ticket);
        return Resumption.Accept12(sessionID, ticket, m_offeredCipherSuites, GetCipherSuites(), _serverName, SelectedProtocol)!;
    }

    public override byte[] GetNewSessionID() => IsKeepable ? Resumption.NewSessionId(IsTicketWanted) : [];

    public override NewSessionTicket GetNewSessionTicket() => Resumption.Ticket12(m_context.SecurityParameters, About);

    /// <summary>TLS 1.2: what a session is kept with, before the handshake has settled it.</summary>
    private SessionFacts About => Resumption.Resumed is { } resumed
        ? new SessionFacts(resumed.Origin, _serverName, SelectedProtocol, Resumption.Client, Presented!.Identity)
        : new SessionFacts(_origin, _serverName, SelectedProtocol, _client, Presented!.Identity);

    /// <summary>Asked whenever the session is a new one, and on TLS 1.3 always, after the ticket was judged.</summary>
    public override int GetSelectedCipherSuite()
    {
        Resumption.CheckRequired();

        // On TLS 1.2 without a credential there may still be a suite with a pre-shared key.
        if (!TlsUtilities.IsTlsV13(m_context) && options.FindPsk is null && Chosen.Failure is { } failure)
            throw Faults.Carry(failure);

        // For an external key BouncyCastle would choose without a look at its hash.
        return _psk13 is null ? base.GetSelectedCipherSuite() : m_selectedCipherSuite = SuiteFor(_psk13);
    }

    public void OnFailure()
    {
    }

    public void Forget() => Resumption.Forget();

    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        var resumed = Resumption.Resumed;
        Session = HandshakeResult.Collect(
            m_context, crypto, resumed is null ? _client : Resumption.Client, Presented, _serverName, resumed?.Origin ?? _origin, resumed is not null);
        if (!TlsUtilities.IsTlsV13(m_context) && !IsPsk)
            Resumption.KeepById(m_context.SecurityParameters, About);
        Resumption.Forget();
        crypto.HandshakeCompleted(m_context);
        conduct.HandshakeCompleted();
    }

    public override int[] GetSupportedGroups() => _policy.Groups;

    public override bool PreferLocalSupportedGroups() => !options.Policy.PreferClientOrder;

    public override int GetMaxHandshakeMessageSize() => options.Limits.MaxHandshakeMessageSize;

    // Counted in CertificateVerifier.Load, where the error can name the limit; the message's size bounds it until then.
    public override int GetMaxCertificateChainLength() => int.MaxValue;

    public override bool RequiresExtendedMasterSecret() => options.Policy.RequireExtendedMasterSecret;

    public override void NotifySecureRenegotiation(bool secureRenegotiation)
    {
        // RFC 5746 section 4.3. Nothing is ever renegotiated here, so a peer that is admitted without extended master secret, which is
        // younger, may do without this too.
        if (options.Policy.RequireExtendedMasterSecret)
            base.NotifySecureRenegotiation(secureRenegotiation);
    }

    protected override bool PreferLocalCipherSuites() => !options.Policy.PreferClientOrder;

    protected override ProtocolVersion[] GetSupportedVersions() => _policy.Versions;

    protected override int[] GetSupportedCipherSuites() => _policy.CipherSuites;

    protected override IList<ProtocolName> GetProtocolNames() => Encodings.Of(options.ApplicationProtocols)!;

    protected override bool AllowCertificateStatus() => Staple.Length > 0;

    protected override bool AllowEncryptThenMac() => _policy.HasCbc;

    /// <summary>TLS 1.2: a suite needs a group, a signature scheme, and a key of its kind.</summary>
    protected override bool IsSelectableCipherSuite(int cipherSuite, int availCurveBits, int availFiniteFieldBits, IList<short> sigAlgs)
    {
        var security = m_context.SecurityParameters;
        var keyExchange = TlsUtilities.GetKeyExchangeAlgorithm(cipherSuite);
        if (!TlsUtilities.IsValidVersionForCipherSuite(cipherSuite, m_context.ServerVersion))
            return false;
        if (SupportedSuites.IsPsk((TlsCipherSuite)cipherSuite))
            return keyExchange == KeyExchangeAlgorithm.PSK || _policy.SelectGroup12(security.ClientSupportedGroups) >= 0;

        return Chosen.Presented?.Credential.IsFor(cipherSuite) == true;
    }

    // BouncyCastle would take the client's first curve, whatever it costs.
    protected override int SelectECDH(int minimumCurveBits) => _policy.SelectGroup12(m_context.SecurityParameters.ClientSupportedGroups);

    protected override string GetDetailMessageNoCipherSuite() =>
        "no cipher suite of the client fits our policy, our credentials and our pre-shared keys";

    /// <summary>Why a client without a certificate is refused; null when it is not.</summary>
    private TlsCertificateException? Missing() => options.ClientCertificates != ClientCertificateMode.Require ? null : new TlsCertificateException(
        "The client presented no certificate, and one is required.",
        (TlsUtilities.IsTlsV13(m_context) ? MessageFaults.NoClientCertificate13 : MessageFaults.NoClientCertificate12).Alert, "presence", certificate: null, host: null);

    /// <summary>What this handshake will agree on, as BouncyCastle will choose it: ours in our order, of those that the client has.</summary>
    private byte[] ProtocolFor(IDictionary<int, byte[]> offered)
    {
        if (TlsExtensionsUtilities.GetAlpnExtensionClient(offered) is not { Count: > 0 } names)
            return [];

        foreach (var ours in GetProtocolNames() ?? [])
        {
            if (names.Contains(ours))
                return ours.GetBytes();
        }

        return [];
    }

    private static string? ReadServerName(IDictionary<int, byte[]> clientExtensions)
    {
        var names = TlsExtensionsUtilities.GetServerNameExtensionClient(clientExtensions);
        if (names?.FirstOrDefault(one => one.NameType == NameType.host_name) is not { } name)
            return null;

        // RFC 6066 section 3: ASCII. What is none of it must not reach logs or lookups.
        foreach (var letter in name.NameData)
        {
            if (letter is <= 0x20 or >= 0x7F)
                throw HelloFaults.ServerNameMalformed.ToException();
        }

        return Encoding.ASCII.GetString(name.NameData);
    }
}
