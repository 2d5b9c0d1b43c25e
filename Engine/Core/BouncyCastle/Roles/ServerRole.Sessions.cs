using System.Net.Security;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Sessions;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>Handshakes that go by a key which both sides have: sessions, and external pre-shared keys.</summary>
internal sealed partial class ServerRole
{
    private TlsPsk? _psk13;
    private readonly Guid _origin = Guid.NewGuid();

    /// <summary>Whether this handshake goes by a pre-shared key, and presents nothing.</summary>
    private bool IsPsk =>
        _psk13 is not null || (!TlsUtilities.IsTlsV13(m_context) && SupportedSuites.IsPsk((TlsCipherSuite)m_selectedCipherSuite));

    private TlsPskExternal? FindExternalPsk(IList<PskIdentity> identities)
    {
        // After a HelloRetryRequest this is the second time.
        _psk13 = ServerPsks.Find(options, _policy, identities, m_offeredCipherSuites);
        if (_psk13 is null)
            return null;

        facts.PskIdentity = _psk13.Identity.ToArray();
        return PskKeys.External(_psk13, crypto);
    }

    public override TlsPskIdentityManager GetPskIdentityManager() =>
        new PskKeys.Server(options, psk => facts.PskIdentity = psk.Identity.ToArray());

    /// <summary>TLS 1.3: the identity of the client's pre-shared key, a ticket for one, that was accepted; null for none.</summary>
    public byte[]? AcceptedPsk { get; set; }

    /// <summary>TLS 1.2: ours, of what both have; BouncyCastle has chosen it by now.</summary>
    private byte[] SelectedProtocol => m_selectedProtocolName?.GetBytes() ?? [];

    /// <summary>Whether the client takes a ticket of TLS 1.2.</summary>
    private bool IsTicketWanted => IsKeepable && m_clientExtensions?.ContainsKey(ExtensionType.session_ticket) == true;

    private bool IsKeepable => Resumption.Keeps12(m_clientExtensions);

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

        var suite = TlsUtilities.GetCommonCipherSuite13(
            ProtocolVersion.TLSv13, m_offeredCipherSuites, GetCipherSuites(), PreferLocalCipherSuites());
        return Resumption.Accept13(
            identities, suite, OfferedNames.OfServer(offered), OfferedNames.ProtocolFor(offered, GetProtocolNames() ?? []));
    }

    public override TlsSession GetSessionToResume(byte[] sessionID)
    {
        // TLS 1.2 alone. BouncyCastle looks next, and does not say what it is that is missing.
        if (RequiresExtendedMasterSecret() && m_clientExtensions?.ContainsKey(ExtensionType.extended_master_secret) != true)
            throw Faults.Carry(OwnFaults.NoExtendedMasterSecret(isOfClient: true));
        var ticket = m_clientExtensions is null ? null : TlsUtilities.GetExtensionData(m_clientExtensions, ExtensionType.session_ticket);
        return Resumption.Accept12(sessionID, ticket, m_offeredCipherSuites, GetCipherSuites(), _serverName, SelectedProtocol)!;
    }

    public override byte[] GetNewSessionID() => IsKeepable ? Resumption.NewSessionId(IsTicketWanted) : [];

    public override NewSessionTicket GetNewSessionTicket() => Resumption.Ticket12(m_context.SecurityParameters, About);

    /// <summary>TLS 1.2: what a session is kept with, before the handshake has settled it.</summary>
    private SessionFacts About => Resumption.Resumed is { } resumed
        ? new SessionFacts(resumed.State.Origin, _serverName, SelectedProtocol, resumed.Client, Presented!.Identity)
        : new SessionFacts(_origin, _serverName, SelectedProtocol, _judge.Client, Presented!.Identity);
}
