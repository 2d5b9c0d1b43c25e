using System.Buffers.Binary;
using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Abstractions.Sessions;
using TlsFsm.Core.Decisions;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Replay;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Sessions;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Sessions;

/// <summary>A client's part in resuming sessions: offers one that was kept, and keeps what the server gives for the next time.</summary>
internal sealed class ClientResumption : IDisposable
{
    // RFC 5246 appendix F.1.4: at most 24 hours for sessions of TLS 1.2. RFC 8446 section 4.6.1: at most 7 days for tickets of 1.3.
    private static readonly TimeSpan MaxAge12 = TimeSpan.FromHours(24);

    private readonly TlsClientOptions _options;
    private readonly BcTlsCrypto _crypto;
    private readonly HandshakeTape? _tape;
    private readonly string? _key;
    private readonly GuardedCache _cache;
    private TlsSavedSession? _offered;
    private byte[]? _offeredSecret;
    private TlsSession? _offered12;
    private byte[] _ticket12 = [];
    private TimeSpan _hint12;
    private byte[]? _masterSecret13;
    private int _hash;
    private TlsSessionInfo? _session;
    private SessionLineage _lineage = new();
    private DateTimeOffset _authenticatedAt;

    /// <param name="options">The caller's.</param>
    /// <param name="crypto">The connection's.</param>
    /// <param name="tape">Knows what must be the same when the handshake is gone through again; null where that cannot come about.</param>
    /// <param name="gate">Knows the connection's name.</param>
    public ClientResumption(TlsClientOptions options, BcTlsCrypto crypto, HandshakeTape? tape, HandshakeGate gate)
    {
        _tape = tape;
        _options = options;
        _crypto = crypto;
        _key = options.SessionCache is null ? null : SessionBinding.Of(options);
        _cache = new GuardedCache(options.SessionCache, exception => OwnFaults.Call("The logger", () =>
        {
            SessionLog.CacheFailed(
                NamedLog.Of(options.LoggerFactory.CreateLogger<ClientResumption>(), gate.ConnectionName), exception);
            return true;
        }));
    }

    /// <summary>Whether sessions are offered and kept at all.</summary>
    public bool IsEnabled => _key is not null;

    /// <summary>The session that the server has gone on with; null when it made a new one, or before it has said.</summary>
    public TlsSavedSession? Resumed { get; private set; }

    /// <summary>Chooses what to offer, before the handshake.</summary>
    /// <exception cref="TlsException">A session is required, and there is none.</exception>
    public void Begin()
    {
        if (_key is null)
            return;

        var required = _options.RequireResumption?.Origin;
        var now = OwnFaults.Now(_options.TimeProvider);
        (_offered, _offeredSecret) = Once("session", () =>
            _cache.Take(_key, required) is { } session
            && session.Key == _key && session.ExpiresAt > now && session.About.AuthenticatedAt + _options.MaxSessionAge > now
            && (required is null || session.Origin == required)
            && session.Use() is { } secret
                ? (session, secret)
                : default((TlsSavedSession?, byte[]?)));
        if (_offered is not null)
            return;

        if (required is not null)
            throw new TlsException(
                $"{nameof(_options.RequireResumption)} names a session, and the cache has none that goes back to it: nothing was sent.",
                CloseReason.Failed, TlsFault.Incompatible);
    }

    /// <summary>TLS 1.2: the session to resume; null without one.</summary>
    public TlsSession? SessionToResume()
    {
        if (_offered is not { Protocol: SslProtocols.Tls12 } session)
            return null;

        // RFC 5077 section 3.4: with a ticket, an id of our own tells whether the server has resumed, because it gives it back then.
        var id = session.About.SessionId.Length > 0 ? session.About.SessionId : Once("id", static () => RandomNumberGenerator.GetBytes(32));
        var parameters = new SessionParameters.Builder()
            .SetCipherSuite(session.About.CipherSuite)
            .SetNegotiatedVersion(ProtocolVersion.TLSv12)
            .SetExtendedMasterSecret(true)
            .SetMasterSecret(_crypto.CreateSecret(_offeredSecret!))
            .Build();
        return _offered12 = TlsUtilities.ImportSession(id, parameters);
    }

    /// <summary>TLS 1.3: the ticket as BouncyCastle's pre-shared key; null without one.</summary>
    public IList<TlsPskExternal>? TicketKeys() => _offered is { Protocol: SslProtocols.Tls13 } session
        ? [new BasicTlsPskExternal(
            session.About.Ticket, new ResumptionSecrets.TicketKey(_crypto, (byte[])_offeredSecret!.Clone()),
            ResumptionSecrets.PrfOf(session.About.CipherSuite))]
        : null;

    public void AddExtensions(IDictionary<int, byte[]> extensions)
    {
        if (!IsEnabled)
            return;

        // Without these, servers send no tickets (RFC 8446 section 4.2.9, RFC 5077 section 3.2).
        if (_options.EnabledProtocols.HasFlag(SslProtocols.Tls13))
            TlsExtensionsUtilities.AddPskKeyExchangeModesExtension(extensions, [PskKeyExchangeMode.psk_dhe_ke]);
        if (_options.EnabledProtocols.HasFlag(SslProtocols.Tls12))
            extensions[ExtensionType.session_ticket] = _offered is { Protocol: SslProtocols.Tls12 } session ? session.About.Ticket : [];
    }

    /// <summary>Writes the ticket's age where BouncyCastle has put none (RFC 8446 section 4.2.11.1): some servers look at it.</summary>
    /// <param name="extensions">Those of the ClientHello, about to be encoded.</param>
    public void WriteAge(IDictionary<int, byte[]>? extensions)
    {
        if (_offered is not { Protocol: SslProtocols.Tls13 } session
            || extensions is null || !extensions.TryGetValue(ExtensionType.pre_shared_key, out var offer))
            return;

        // One identity: the list's length, the identity's length, the identity, the age; the binders come later.
        var age = Once("age", () => OwnFaults.Now(_options.TimeProvider) - session.About.ReceivedAt);
        var at = 2 + 2 + session.About.Ticket.Length;
        BinaryPrimitives.WriteUInt32BigEndian(offer.AsSpan(at, 4), unchecked((uint)(long)age.TotalMilliseconds + session.About.AgeAdd));
    }

    /// <summary>A handshake that is gone through again offers the same.</summary>
    private T Once<T>(string what, Func<T> first) => _tape is null ? first() : _tape.Once(what, first);

    /// <summary>The server has said whether it goes on with the session that was offered.</summary>
    /// <exception cref="TlsFatalAlert">It does not, and it is required to.</exception>
    public void OnAnswer(bool isResumed)
    {
        Resumed = isResumed ? _offered : null;
        if (_options.RequireResumption is not null && !isResumed)
            throw Faults.Carry(OwnFaults.NotResumed(
                $"The server did not resume the session that {nameof(_options.RequireResumption)} names."));
    }

    /// <summary>TLS 1.2: a ticket, before Finished.</summary>
    public void OnTicket12(NewSessionTicket ticket)
    {
        _ticket12 = ticket.Ticket;
        _hint12 = TimeSpan.FromSeconds(ticket.TicketLifetimeHint);
    }

    /// <summary>TLS 1.3: all that tickets are derived from, when the handshake completes.</summary>
    public void OnMasterSecret13(byte[] secret, int hash)
    {
        _masterSecret13 = secret;
        _hash = hash;
    }

    /// <summary>The handshake has completed.</summary>
    public void OnComplete(TlsContext context, TlsSessionInfo session)
    {
        _session = session;
        _authenticatedAt = Resumed?.About.AuthenticatedAt ?? OwnFaults.Now(_options.TimeProvider);
        if (Resumed is { Protocol: SslProtocols.Tls12 } resumed)
            _lineage = resumed.Lineage;
        if (IsEnabled && session.Protocol == SslProtocols.Tls12)
            Keep12(context.SecurityParameters, session);
    }

    /// <summary>TLS 1.3: a NewSessionTicket (RFC 8446 section 4.6.1).</summary>
    /// <param name="body">The message, at its body.</param>
    public void OnTicket13(MemoryStream body)
    {
        var lifetime = TimeSpan.FromSeconds(TlsUtilities.ReadUint32(body));
        var ageAdd = (uint)TlsUtilities.ReadUint32(body);
        var nonce = TlsUtilities.ReadOpaque8(body);
        var ticket = TlsUtilities.ReadOpaque16(body, 1);
        CheckTicketExtensions(TlsUtilities.ReadOpaque16(body));
        if (body.Position < body.Length)
            throw MessageFaults.TicketMalformed.ToException("a NewSessionTicket with bytes behind its end");
        if (_masterSecret13 is not { } master || _session is not { } session)
            return;

        if (ExpiryOf(lifetime, session) is { } expiresAt)
            _cache.Add(NewSession(ResumptionSecrets.TicketSecret(_crypto, master, _hash, nonce), session, ticket, [], ageAdd, expiresAt));
    }

    /// <summary>
    /// RFC 8446 section 4.6.1: none of them says anything to us. They must be well-formed, and each there once (section 4.2).
    /// </summary>
    private static void CheckTicketExtensions(ReadOnlySpan<byte> block)
    {
        HashSet<int>? seen = null;
        for (var reader = new Cursor(block); !reader.IsAtEnd;)
        {
            var type = reader.UInt16();
            var content = reader.Vector16();
            if (reader.HasFailed)
                throw MessageFaults.TicketMalformed.ToException();
            if (!(seen ??= []).Add(type))
                throw HelloFaults.DuplicateTicketExtension.ToException();

            ExtensionTable.Check(ExtensionPlace.NewSessionTicket, type, content);
        }
    }

    /// <summary>The connection has failed: nothing of it is resumed (RFC 5246 section 7.2.2, RFC 8446 section 6.2).</summary>
    public void OnFailure()
    {
        _lineage.Fail();
        var offered = _offered is { Protocol: SslProtocols.Tls12 } ? _offered : null;
        offered?.Lineage.Fail();
        _cache.Forget(offered);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_masterSecret13);
        CryptographicOperations.ZeroMemory(_offeredSecret);
        _masterSecret13 = null;
        _offeredSecret = null;
        _offered12?.ExportSessionParameters()?.Clear();
    }

    private void Keep12(SecurityParameters security, TlsSessionInfo session)
    {
        // RFC 6066 section 4: the length would be the resumed session's too, which BouncyCastle does not know.
        // RFC 7627 section 5.3: without extended master secret nothing is resumed.
        if (security.MaxFragmentLength >= 0 || !security.IsExtendedMasterSecret)
            return;

        // Resumed without a new ticket: what was kept stays good.
        if (_ticket12.Length == 0 && (Resumed is not null || security.SessionID is not { Length: > 0 }))
            return;

        var lifetime = _ticket12.Length > 0 && _hint12 > TimeSpan.Zero && _hint12 < MaxAge12 ? _hint12 : MaxAge12;
        if (ExpiryOf(lifetime, session) is not { } expiresAt)
            return;

        var secret = _crypto.AdoptSecret(security.MasterSecret).Extract();
        _cache.Add(NewSession(
            secret, session, _ticket12, _ticket12.Length > 0 ? [] : (byte[])security.SessionID.Clone(), ageAdd: 0, expiresAt));
    }

    /// <returns>Null for a session that is over at once.</returns>
    private DateTimeOffset? ExpiryOf(TimeSpan lifetime, TlsSessionInfo session)
    {
        var now = OwnFaults.Now(_options.TimeProvider);
        var expiry = Earlier(now + lifetime, _authenticatedAt + _options.MaxSessionAge);

        // What the certificates proved holds no longer than they do.
        foreach (var certificate in session.PeerCertificates)
            expiry = Earlier(expiry, new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));

        return expiry > now ? expiry : null;
    }

    private TlsSavedSession NewSession(
        byte[] secret, TlsSessionInfo session, byte[] ticket, byte[] id, uint ageAdd, DateTimeOffset expiresAt) =>
            new(secret, new TlsSavedSession.Facts
    {
        Key = _key!,
        Origin = session.Origin,
        Protocol = session.Protocol,
        CipherSuite = (int)session.CipherSuite,
        ReceivedAt = OwnFaults.Now(_options.TimeProvider),
        AuthenticatedAt = _authenticatedAt,
        ExpiresAt = expiresAt,
        Ticket = ticket,
        SessionId = id,
        AgeAdd = ageAdd,
        ApplicationProtocol = session.ApplicationProtocol,
        Peer = new PeerIdentity(session.PeerCertificates, session.PeerRawPublicKey),
    }, _lineage);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
