using System.Net.Security;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.Sessions;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>Handshakes that go by a key which both sides have: sessions, and external pre-shared keys.</summary>
internal sealed partial class ServerRole
{
    /// <summary>Of a client's list of pre-shared keys, no more are looked up.</summary>
    private const int MaxIdentities = 8;

    private TlsPsk? _psk13;
    private readonly Guid _origin = Guid.NewGuid();

    /// <summary>Whether this handshake goes by a pre-shared key, and presents nothing.</summary>
    private bool IsPsk =>
        _psk13 is not null || (!TlsUtilities.IsTlsV13(m_context) && SupportedSuites.IsPsk((TlsCipherSuite)m_selectedCipherSuite));

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

    public override TlsPskIdentityManager GetPskIdentityManager() =>
        new PskKeys.Server(options, psk => crypto.PskIdentity = psk.Identity.ToArray());

    private int SuiteFor(TlsPsk psk)
    {
        var (first, second) =
            PreferLocalCipherSuites() ? (_policy.CipherSuites, m_offeredCipherSuites) : (m_offeredCipherSuites, _policy.CipherSuites);
        foreach (var suite in first)
        {
            if (SupportedSuites.KindOf((TlsCipherSuite)suite) == SuiteKind.Tls13 && Array.IndexOf(second, suite) >= 0
                && PskKeys.Fits(psk, suite))
                return suite;
        }

        return -1;
    }

    /// <summary>TLS 1.3: the identity of the client's pre-shared key, a ticket for one, that was accepted; null for none.</summary>
    public byte[]? AcceptedPsk { get; private set; }

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

        var suite = TlsUtilities.GetCommonCipherSuite13(
            ProtocolVersion.TLSv13, m_offeredCipherSuites, GetCipherSuites(), PreferLocalCipherSuites());
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

    /// <summary>
    /// What this handshake will agree on, as BouncyCastle will choose it: ours in our order, of those that the client has.
    /// </summary>
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
}
