using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions;
using TlsFsm.Core.Certificates;
using CertificateRequest = Org.BouncyCastle.Tls.CertificateRequest;
using TlsException = TlsFsm.Abstractions.TlsException;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>A client's wishes and judgements, as BouncyCastle asks for them.</summary>
internal sealed class ClientPeer(TlsClientOptions options, PeerName? name, NativeCrypto crypto, PeerConduct conduct)
    : AbstractTlsClient(crypto), TlsAuthentication, INegotiation
{
    private IReadOnlyList<X509Certificate2> _serverCertificates = [];

    /// <summary>What the handshake settled; null before it finished.</summary>
    public TlsSessionInfo? Session { get; private set; }

    public ClientResumption Resumption { get; } = new(options, crypto);

    public X509Certificate2? ServerCertificate => Session?.PeerCertificate;

    public override TlsAuthentication GetAuthentication() => this;

    public void NotifyServerCertificate(TlsServerCertificate serverCertificate)
    {
        try
        {
            var presented = new PresentedCertificates(Encodings.Of(serverCertificate.Certificate), options.Limits);
            CertificateVerifier.Check(presented, options.Verification, name, options.TargetHost, isServer: false);
            _serverCertificates = presented;
        }
        catch (TlsException fault)
        {
            throw Faults.Carry(fault);
        }
    }

    public TlsCredentials GetClientCredentials(CertificateRequest certificateRequest)
    {
        if (options.Credential is null)
            return null!;

        var credential = PresentableCredential.Of(options.Credential);
        var isTls13 = TlsUtilities.IsTlsV13(m_context);
        var kind = credential.IsEcdsa ? ClientCertificateType.ecdsa_sign : ClientCertificateType.rsa_sign;
        if (!isTls13 && Array.IndexOf(certificateRequest.CertificateTypes, kind) < 0)
            return null!;

        // RFC 8446 section 4.4.2: a client without a fitting certificate answers with none, and the server decides.
        var context = isTls13 ? certificateRequest.GetCertificateRequestContext() : TlsUtilities.EmptyBytes;
        return credential.SignerFor(certificateRequest.SupportedSignatureAlgorithms, isTls13, context)!;
    }

    public override IDictionary<int, byte[]> GetClientExtensions()
    {
        var extensions = base.GetClientExtensions();

        // Only for CBC suites (RFC 7366), of which none is offered.
        extensions.Remove(ExtensionType.encrypt_then_mac);
        Resumption.AddExtensions(extensions);
        if (options.MaxFragmentLength is { } size)
            TlsExtensionsUtilities.AddMaxFragmentLengthExtension(extensions, (short)(BitOperations.Log2((uint)size) - 8));
        return extensions;
    }

    public override void ProcessServerExtensions(IDictionary<int, byte[]> serverExtensions)
    {
        base.ProcessServerExtensions(serverExtensions);

        // RFC 7301 section 3.1: the answer must be one of what was offered. BouncyCastle only sees that something was.
        if (serverExtensions is not null
            && TlsExtensionsUtilities.GetAlpnExtensionServer(serverExtensions) is { } selected
            && !options.ApplicationProtocols.Any(offered => offered.Protocol.Span.SequenceEqual(selected.GetBytes())))
        {
            throw Faults.Carry(new TlsException(
                "The server selected an application protocol (ALPN) that was not offered.", CloseReason.Failed, TlsFault.PeerMisbehaved, TlsAlert.IllegalParameter));
        }
    }

    public override TlsSession GetSessionToResume() => Resumption.SessionToResume()!;

    public override IList<TlsPskExternal> GetExternalPsks() => Resumption.TicketKeys()!;

    public override short[] GetPskKeyExchangeModes() => [PskKeyExchangeMode.psk_dhe_ke];

    public override void NotifySelectedPsk(TlsPsk selectedPsk) => Resumption.OnAnswer(selectedPsk is not null);

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
        Session = HandshakeResult.Collect(
            m_context, crypto, resumed?.About.PeerCertificates ?? _serverCertificates, name?.ServerNameIndication, resumed?.Origin ?? Guid.NewGuid(), resumed is not null);
        Resumption.OnComplete(m_context, Session);
        crypto.HandshakeCompleted(m_context);
        conduct.HandshakeCompleted();
    }

    public override IList<int> GetEarlyKeyShareGroups() => SecurityPolicy.Narrow(SecurityPolicy.KeyShareGroups(options.EnabledProtocols), options.Groups);

    public override int GetMaxHandshakeMessageSize() => options.Limits.MaxHandshakeMessageSize;

    // Counted in PresentedCertificates, where the error can name the limit; the message's size bounds it until then.
    public override int GetMaxCertificateChainLength() => int.MaxValue;

    public override bool RequiresExtendedMasterSecret() => true;

    protected override ProtocolVersion[] GetSupportedVersions() => SecurityPolicy.Versions(options.EnabledProtocols);

    protected override int[] GetSupportedCipherSuites() =>
        SecurityPolicy.Narrow(SecurityPolicy.CipherSuites(options.EnabledProtocols), options.CipherSuites?.Select(suite => (int)suite));

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) =>
        SecurityPolicy.Narrow(SecurityPolicy.OfferedGroups(options.EnabledProtocols), options.Groups);

    protected override IList<SignatureAndHashAlgorithm> GetSupportedSignatureAlgorithms() => SecurityPolicy.SignatureAlgorithms();

    // Revocation by staple is not checked; and BouncyCastle fails on TLS 1.3 with every certificate that demands a staple, if asked for one.
    protected override CertificateStatusRequest GetCertificateStatusRequest() => null!;

    protected override IList<ProtocolName> GetProtocolNames() => Encodings.Of(options.ApplicationProtocols)!;

    protected override IList<ServerName> GetSniServerNames() =>
        name?.ServerNameIndication is { } host ? [new ServerName(NameType.host_name, Encoding.ASCII.GetBytes(host))] : null!;
}
