using System.Net.Security;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.BouncyCastle.Rules;
using TlsFsm.Core.BouncyCastle.Sessions;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Decisions;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>A server's wishes and judgements, as BouncyCastle asks for them.</summary>
/// <param name="options">The caller's, until others are chosen for this client.</param>
/// <param name="crypto">The connection's.</param>
/// <param name="facts">Told what the handshake comes to.</param>
/// <param name="gate">Shut while something is decided.</param>
/// <param name="conduct">Told of the handshake's end.</param>
internal sealed partial class ServerRole(
    TlsServerOptions options, NativeCrypto crypto, HandshakeFacts facts, HandshakeGate gate, PeerConduct conduct)
    : AbstractTlsServer(crypto), INegotiation
{
    private SecurityPolicy _policy = facts.Policy = SecurityPolicy.Of(options.Policy, options.EnabledProtocols);
    private string? _serverName;
    private bool _isChosen;

    /// <summary>What the handshake settled; null before it finished.</summary>
    public TlsSessionInfo? Session { get; private set; }

    /// <summary>Takes the options that were chosen for this client. Before its ClientHello is processed.</summary>
    public void Use(TlsServerOptions chosen)
    {
        options = chosen;
        _policy = facts.Policy = SecurityPolicy.Of(chosen.Policy, chosen.EnabledProtocols);
        Resumption = new ServerResumption(chosen, crypto, gate);
        _judge = new ClientJudge(chosen, facts, gate);
        _isChosen = true;

        // BouncyCastle asks for versions and suites once.
        if (m_context is not null)
            Init(m_context);
    }

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

    public ServerResumption Resumption { get; private set; } = new(options, crypto, gate);

    public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
    {
        _credential = null;
        if (clientExtensions is not null)
            _serverName = OfferedNames.OfServer(clientExtensions);

        base.ProcessClientExtensions(
            clientExtensions is null ? null! : ClientHelloRules.Used(clientExtensions, TlsUtilities.IsTlsV13(m_context)));
    }

    /// <summary>Whether TLS 1.3 may be chosen.</summary>
    public bool IsTls13Enabled => _policy.Versions.Contains(ProtocolVersion.TLSv13);

    public override ProtocolVersion GetServerVersion() => _policy.VersionFor(m_context.ClientSupportedVersions);

    /// <summary>Asked whenever the session is a new one, and on TLS 1.3 always, after the ticket was judged.</summary>
    public override int GetSelectedCipherSuite()
    {
        Resumption.CheckRequired();

        // RFC 8446 section 4.1.1. BouncyCastle does not say what is missing.
        if (TlsUtilities.IsTlsV13(m_context) && _policy.FaultOfGroups(m_context.SecurityParameters.ClientSupportedGroups) is { } fault)
            throw Faults.Carry(fault);

        // On TLS 1.2 without a credential there may still be a suite with a pre-shared key.
        if (!TlsUtilities.IsTlsV13(m_context) && !_policy.HasPsk12 && Chosen.Failure is { } failure)
            throw Faults.Carry(failure);

        // For an external key BouncyCastle would choose without a look at its hash.
        return _psk13 is null
            ? base.GetSelectedCipherSuite() : m_selectedCipherSuite = ServerPsks.SuiteFor(_psk13, _policy, m_offeredCipherSuites);
    }

    public void OnFailure() => Resumption.OnFailure();

    public void Forget() => Resumption.Forget();

    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        var resumed = Resumption.Resumed;
        Session = SettledHandshake.Collect(
            m_context, facts, resumed?.Client ?? _judge.Client, Presented, _serverName, resumed?.State.Origin ?? _origin,
            resumed is not null);
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

    public override void NotifySecureRenegotiation(bool secureRenegotiation) => _policy.CheckRenegotiation(secureRenegotiation);

    protected override bool PreferLocalCipherSuites() => !options.Policy.PreferClientOrder;

    protected override ProtocolVersion[] GetSupportedVersions() => _policy.Versions;

    protected override int[] GetSupportedCipherSuites() => _policy.CipherSuites;

    protected override IList<ProtocolName> GetProtocolNames() => Encodings.Of(options.ApplicationProtocols)!;

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
}
