using System.Security.Cryptography.X509Certificates;
using System.Text;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions;
using TlsFsm.Core.Certificates;
using CertificateRequest = Org.BouncyCastle.Tls.CertificateRequest;
using TlsException = TlsFsm.Abstractions.TlsException;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>A server's wishes and judgements, as BouncyCastle asks for them.</summary>
internal sealed class ServerPeer(TlsServerOptions options, NativeCrypto crypto, PeerConduct conduct) : AbstractTlsServer(crypto), INegotiation
{
    private readonly PresentableCredential _credential = PresentableCredential.Of(options.Credential);
    private IReadOnlyList<X509Certificate2> _clientCertificates = [];
    private readonly Guid _origin = Guid.NewGuid();
    private string? _serverName;

    /// <summary>What the handshake settled; null before it finished.</summary>
    public TlsSessionInfo? Session { get; private set; }

    public ServerResumption Resumption { get; } = new(options, crypto);

    public X509Certificate2? ServerCertificate => options.Credential.Certificate;

    public override TlsCredentials GetCredentials()
    {
        var isTls13 = TlsUtilities.IsTlsV13(m_context);
        return _credential.SignerFor(m_context.SecurityParameters.ClientSigAlgs, isTls13, TlsUtilities.EmptyBytes)
            ?? throw Faults.Carry(new TlsException(
                $"No signature scheme fits both the client and our certificate '{options.Credential.Certificate.Subject}'.",
                CloseReason.Failed, TlsFault.Incompatible, TlsAlert.HandshakeFailure));
    }

    public override CertificateRequest GetCertificateRequest()
    {
        if (options.ClientCertificates == ClientCertificateMode.None)
            return null!;

        var algorithms = SecurityPolicy.SignatureAlgorithms();
        return TlsUtilities.IsTlsV13(m_context)
            ? new CertificateRequest(TlsUtilities.EmptyBytes, algorithms, null, null)
            : new CertificateRequest([ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign], algorithms, null);
    }

    public override void NotifyClientCertificate(Certificate clientCertificate)
    {
        try
        {
            if (clientCertificate.IsEmpty)
            {
                RefuseMissingCertificate();
                return;
            }

            var presented = new PresentedCertificates(Encodings.Of(clientCertificate), options.Limits);
            CertificateVerifier.Check(presented, options.ClientVerification, name: null, targetHost: null, isServer: true);
            _clientCertificates = presented;
        }
        catch (TlsException fault)
        {
            throw Faults.Carry(fault);
        }
    }

    public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
    {
        if (clientExtensions is not null)
            _serverName = ReadServerName(clientExtensions);

        base.ProcessClientExtensions(clientExtensions);
    }

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
            CloseReason.Failed, TlsFault.Incompatible, TlsAlert.ProtocolVersion));
    }

    /// <summary>TLS 1.2: ours, of what both have; BouncyCastle has chosen it by now.</summary>
    private byte[] SelectedProtocol => m_selectedProtocolName?.GetBytes() ?? [];

    /// <summary>Whether the client takes a ticket of TLS 1.2.</summary>
    private bool IsTicketWanted => IsKeepable && m_clientExtensions?.ContainsKey(ExtensionType.session_ticket) == true;

    /// <summary>TLS 1.2: a session with a length of fragments would have to be resumed with it (RFC 6066 section 4), which BouncyCastle cannot.</summary>
    private bool IsKeepable => Resumption.IsEnabled && m_clientExtensions?.ContainsKey(ExtensionType.max_fragment_length) != true;

    /// <summary>TLS 1.3: the extensions that a ticket is judged by, which BouncyCastle reads after the ticket.</summary>
    public IDictionary<int, byte[]>? OfferedExtensions { get; set; }

    public override TlsPskExternal GetExternalPsk(IList<PskIdentity> identities)
    {
        if (OfferedExtensions is not { } offered)
            return null!;

        var suite = TlsUtilities.GetCommonCipherSuite13(ProtocolVersion.TLSv13, m_offeredCipherSuites, GetCipherSuites(), PreferLocalCipherSuites());
        return Resumption.Accept13(identities, suite, ReadServerName(offered), ProtocolFor(offered))!;
    }

    public override TlsSession GetSessionToResume(byte[] sessionID)
    {
        byte[]? ticket = null;
        m_clientExtensions?.TryGetValue(ExtensionType.session_ticket, out ticket);
        return Resumption.Accept12(sessionID, ticket, m_offeredCipherSuites, GetCipherSuites(), _serverName, SelectedProtocol)!;
    }

    public override byte[] GetNewSessionID() => IsKeepable ? Resumption.NewSessionId(IsTicketWanted) : [];

    public override NewSessionTicket GetNewSessionTicket() =>
        Resumption.Ticket12(m_context.SecurityParameters, _origin, _serverName, SelectedProtocol, _clientCertificates);

    public override IDictionary<int, byte[]> GetServerExtensions()
    {
        var extensions = base.GetServerExtensions();
        if (!TlsUtilities.IsTlsV13(m_context) && IsTicketWanted)
            extensions[ExtensionType.session_ticket] = [];

        return extensions;
    }

    /// <summary>Asked whenever the session is a new one, and on TLS 1.3 always, after the ticket was judged.</summary>
    public override int GetSelectedCipherSuite()
    {
        Resumption.CheckRequired();
        return base.GetSelectedCipherSuite();
    }

    public void OnFailure()
    {
    }

    public void Forget() => Resumption.Forget();

    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        var resumed = Resumption.Resumed;
        var client = resumed is null ? _clientCertificates : Resumption.ClientCertificates;
        Session = HandshakeResult.Collect(m_context, crypto, client, _serverName, resumed?.Origin ?? _origin, resumed is not null);
        if (!TlsUtilities.IsTlsV13(m_context))
            Resumption.KeepById(m_context.SecurityParameters, _origin, _serverName, SelectedProtocol, _clientCertificates);
        Resumption.Forget();
        crypto.HandshakeCompleted(m_context);
        conduct.HandshakeCompleted();

        // Two kilobytes of key shares and lists that nobody looks at any more.
        m_clientExtensions = null;
        m_serverExtensions.Clear();
    }

    public override int[] GetSupportedGroups() => SecurityPolicy.Narrow(SecurityPolicy.Groups(options.EnabledProtocols), options.Groups);

    public override bool PreferLocalSupportedGroups() => true;

    public override int GetMaxHandshakeMessageSize() => options.Limits.MaxHandshakeMessageSize;

    // Counted in PresentedCertificates, where the error can name the limit; the message's size bounds it until then.
    public override int GetMaxCertificateChainLength() => int.MaxValue;

    public override bool RequiresExtendedMasterSecret() => true;

    protected override bool PreferLocalCipherSuites() => true;

    protected override ProtocolVersion[] GetSupportedVersions() => SecurityPolicy.Versions(options.EnabledProtocols);

    protected override int[] GetSupportedCipherSuites() =>
        SecurityPolicy.Narrow(SecurityPolicy.CipherSuites(options.EnabledProtocols), options.CipherSuites?.Select(suite => (int)suite));

    protected override IList<ProtocolName> GetProtocolNames() => Encodings.Of(options.ApplicationProtocols)!;

    protected override bool AllowCertificateStatus() => false;

    protected override bool AllowEncryptThenMac() => false;

    /// <summary>TLS 1.2: a suite needs a group, a signature scheme, and a key of its kind.</summary>
    protected override bool IsSelectableCipherSuite(int cipherSuite, int availCurveBits, int availFiniteFieldBits, IList<short> sigAlgs)
    {
        var security = m_context.SecurityParameters;
        var keyExchange = TlsUtilities.GetKeyExchangeAlgorithm(cipherSuite);
        return keyExchange == (_credential.IsEcdsa ? KeyExchangeAlgorithm.ECDHE_ECDSA : KeyExchangeAlgorithm.ECDHE_RSA)
            && TlsUtilities.IsValidVersionForCipherSuite(cipherSuite, m_context.ServerVersion)
            && SecurityPolicy.SelectGroup12(security.ClientSupportedGroups) >= 0
            && _credential.SelectScheme(security.ClientSigAlgs, isTls13: false) >= 0;
    }

    // BouncyCastle would take the client's first curve, whatever it costs.
    protected override int SelectECDH(int minimumCurveBits) => SecurityPolicy.SelectGroup12(m_context.SecurityParameters.ClientSupportedGroups);

    protected override string GetDetailMessageNoCipherSuite() =>
        $"no cipher suite, group and signature scheme of the client fits our policy and our {(_credential.IsEcdsa ? "ECDSA" : "RSA")} certificate";

    private void RefuseMissingCertificate()
    {
        if (options.ClientCertificates != ClientCertificateMode.Require)
            return;

        var alert = TlsUtilities.IsTlsV13(m_context) ? TlsAlert.CertificateRequired : TlsAlert.HandshakeFailure;
        throw new TlsCertificateException("The client presented no certificate, and one is required.", alert, "presence", certificate: null, host: null);
    }

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
                throw new TlsFatalAlert(AlertDescription.illegal_parameter, "the server name (SNI) is not a host name");
        }

        return Encoding.ASCII.GetString(name.NameData);
    }
}
