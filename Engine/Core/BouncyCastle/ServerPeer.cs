using System.Security.Cryptography.X509Certificates;
using System.Text;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions;
using TlsFsm.Core.Certificates;
using CertificateRequest = Org.BouncyCastle.Tls.CertificateRequest;
using CertificateStatus = Org.BouncyCastle.Tls.CertificateStatus;
using TlsException = TlsFsm.Abstractions.TlsException;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>A server's wishes and judgements, as BouncyCastle asks for them.</summary>
internal sealed class ServerPeer(TlsServerOptions options, NativeCrypto crypto, PeerConduct conduct) : AbstractTlsServer(crypto)
{
    private SecurityPolicy _policy = crypto.Policy = SecurityPolicy.Of(options.Policy, options.EnabledProtocols);
    private PresentableCredential _credential = PresentableCredential.Of(options.Credential);
    private IReadOnlyList<X509Certificate2> _clientCertificates = [];
    private string? _serverName;
    private byte[]? _staple;
    private bool _isChosen;
    private bool _hasReadName;

    /// <summary>What the handshake settled; null before it finished.</summary>
    public TlsSessionInfo? Session { get; private set; }

    /// <summary>The stapled response of this handshake, the same one each time; empty without one.</summary>
    private byte[] Staple => _staple ??= options.Credential.Staple?.Take() ?? [];

    /// <summary>Takes the options that were chosen for this client. Before the handshake begins.</summary>
    public void Use(TlsServerOptions chosen)
    {
        options = chosen;
        _policy = crypto.Policy = SecurityPolicy.Of(chosen.Policy, chosen.EnabledProtocols);
        _credential = PresentableCredential.Of(chosen.Credential);
        _isChosen = true;
    }

    public override CertificateStatus GetCertificateStatus() =>
        Staple.Length == 0 ? null! : new CertificateStatus(CertificateStatusType.ocsp, OcspResponse.GetInstance(Staple));

    public override IDictionary<int, byte[]> GetServerExtensions()
    {
        var extensions = base.GetServerExtensions();

        // RFC 6066 section 3: a server that has used the name says so.
        if (_isChosen && _serverName is not null)
            TlsExtensionsUtilities.AddEmptyExtensionData(extensions, ExtensionType.server_name);
        return extensions;
    }

    public override TlsCredentials GetCredentials()
    {
        var isTls13 = TlsUtilities.IsTlsV13(m_context);
        var signer = _credential.SignerFor(m_context.SecurityParameters.ClientSigAlgs, isTls13, TlsUtilities.EmptyBytes, _policy,
            m_certificateStatusRequest is null ? [] : Staple)
            ?? throw Faults.Carry(new TlsException(
                $"No signature scheme fits both the client and our certificate '{options.Credential.Certificate.Subject}'.",
                CloseReason.Failed, TlsFault.Incompatible, TlsAlert.HandshakeFailure));
        crypto.OwnSignatureScheme = signer.Scheme;
        return signer;
    }

    public override CertificateRequest GetCertificateRequest()
    {
        if (options.ClientCertificates == ClientCertificateMode.None)
            return null!;

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

            _clientCertificates = CertificateVerifier.Load(Encodings.Of(clientCertificate), options.Limits);
            CertificateVerifier.Check(
                new ExaminationSubject { Presented = _clientCertificates, Verification = options.ClientVerification, IsServer = true, MinRsaBits = options.Policy.MinRsaBits },
                conduct.Gate);
        }
        catch (TlsException fault)
        {
            throw Faults.Carry(fault);
        }
    }

    public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
    {
        if (clientExtensions is not null)
        {
            var name = ReadServerName(clientExtensions);

            // RFC 8446 section 4.1.2: a second ClientHello repeats the first. Another name would be past the choice.
            if (_hasReadName && name != _serverName)
                throw new TlsFatalAlert(AlertDescription.illegal_parameter, "the second ClientHello asks for another server name");

            _hasReadName = true;
            _serverName = name;
        }

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

    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        Session = HandshakeResult.Collect(m_context, crypto, _clientCertificates, _serverName);
        crypto.HandshakeCompleted();
        conduct.HandshakeCompleted();
    }

    public override int[] GetSupportedGroups() => _policy.Groups;

    public override bool PreferLocalSupportedGroups() => !options.Policy.PreferClientOrder;

    public override int GetMaxHandshakeMessageSize() => options.Limits.MaxHandshakeMessageSize;

    // Counted in CertificateVerifier.Load, where the error can name the limit; the message's size bounds it until then.
    public override int GetMaxCertificateChainLength() => int.MaxValue;

    public override bool RequiresExtendedMasterSecret() => true;

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
        return keyExchange == (_credential.IsEcdsa ? KeyExchangeAlgorithm.ECDHE_ECDSA : KeyExchangeAlgorithm.ECDHE_RSA)
            && TlsUtilities.IsValidVersionForCipherSuite(cipherSuite, m_context.ServerVersion)
            && _policy.SelectGroup12(security.ClientSupportedGroups) >= 0
            && _credential.SelectScheme(security.ClientSigAlgs, isTls13: false, _policy) >= 0;
    }

    // BouncyCastle would take the client's first curve, whatever it costs.
    protected override int SelectECDH(int minimumCurveBits) => _policy.SelectGroup12(m_context.SecurityParameters.ClientSupportedGroups);

    protected override string GetDetailMessageNoCipherSuite() =>
        $"no cipher suite, group and signature scheme of the client fits our policy and our {(_credential.IsEcdsa ? "ECDSA" : "RSA")} certificate";

    /// <summary>Why a client without a certificate is refused; null when it is not.</summary>
    private TlsCertificateException? Missing() => options.ClientCertificates != ClientCertificateMode.Require ? null : new TlsCertificateException(
        "The client presented no certificate, and one is required.",
        TlsUtilities.IsTlsV13(m_context) ? TlsAlert.CertificateRequired : TlsAlert.HandshakeFailure, "presence", certificate: null, host: null);

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
