using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Abstractions.Sessions;
using TlsFsm.Core.Decisions;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Sessions;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Sessions;

/// <summary>
/// A server's part in resuming sessions: gives out tickets that only its ring can open, and goes on with those that still fit.
/// </summary>
/// <remarks>A ticket that does not fit is no error: the handshake is a full one then.</remarks>
internal sealed class ServerResumption
{
    private const int Version12 = 0x0303;
    private const int Version13 = 0x0304;

    private readonly TlsServerOptions _options;
    private readonly BcTlsCrypto _crypto;
    private readonly Guid _connection = Guid.NewGuid();
    private readonly HandshakeGate? _gate;
    private Guid? _given;
    private DateTimeOffset? _authenticatedAt;

    public ServerResumption(TlsServerOptions options, BcTlsCrypto crypto, HandshakeGate? gate = null)
    {
        _gate = gate;
        _options = options;
        _crypto = crypto;
    }

    /// <summary>Whether tickets are given out and accepted.</summary>
    /// <remarks>A session does not keep the identity of a pre-shared key, so with these there are no tickets.</remarks>
    public bool IsEnabled => _options.TicketKeys is not null && _options.FindPsk is null;

    /// <summary>The session that is resumed; null for a new one.</summary>
    public ResumedSession? Resumed { get; private set; }

    private byte[] Policy => SessionBinding.Of(_options);

    /// <summary>
    /// TLS 1.2: whether the session of a client can be kept. One with a length of fragments would have to be resumed with it (RFC 6066
    /// section 4), which BouncyCastle cannot; one without extended master secret must not be (RFC 7627 section 5.3).
    /// </summary>
    /// <param name="extensions">The client's; null without any.</param>
    public bool Keeps12(IDictionary<int, byte[]>? extensions) => IsEnabled && extensions is not null
        && !extensions.ContainsKey(ExtensionType.max_fragment_length) && extensions.ContainsKey(ExtensionType.extended_master_secret);

    /// <summary>TLS 1.3: which of the client's tickets is accepted.</summary>
    /// <param name="identities">The client's, in its order.</param>
    /// <param name="cipherSuite">The suite that this handshake will have.</param>
    /// <param name="serverName">The name that it asks for.</param>
    /// <param name="applicationProtocol">What this handshake will agree on.</param>
    public TlsPskExternal? Accept13(IEnumerable<PskIdentity> identities, int cipherSuite, string? serverName, byte[] applicationProtocol)
    {
        // After a HelloRetryRequest this is the second time.
        Forget();
        Resumed = null;
        if (!IsEnabled)
            return null;

        foreach (var identity in identities.Take(_options.Limits.MaxTicketsTried))
        {
            if (Open(identity.Identity) is not { } state)
                continue;

            if (state.Version == Version13
                && ResumptionSecrets.PrfOf(state.CipherSuite) == ResumptionSecrets.PrfOf(cipherSuite)
                && SessionOf(state, serverName, applicationProtocol) is { } session)
            {
                Resumed = session;
                return new BasicTlsPskExternal(
                    identity.Identity, new ResumptionSecrets.TicketKey(_crypto, (byte[])state.Secret.Clone()),
                    ResumptionSecrets.PrfOf(state.CipherSuite));
            }

            state.Forget();
        }

        return null;
    }

    /// <summary>TLS 1.2: the session that the client's ticket, or its session id, stands for; null for a new one.</summary>
    public TlsSession? Accept12(
        byte[] sessionId, byte[]? ticket, int[] offeredSuites, int[] ourSuites, string? serverName, byte[] applicationProtocol)
    {
        Resumed = null;

        if (!IsEnabled)
            return null;

        var sealedState = ticket is { Length: > 0 } ? ticket : sessionId.Length > 0 ? _options.SessionIds?.Find(sessionId) : null;
        if (sealedState is null || Open(sealedState) is not { } state)
            return null;

        if (state.Version != Version12 || Array.IndexOf(offeredSuites, state.CipherSuite) < 0
            || Array.IndexOf(ourSuites, state.CipherSuite) < 0
            || SessionOf(state, serverName, applicationProtocol) is not { } session)
        {
            state.Forget();
            return null;
        }

        // RFC 5077 section 3.4 allows a ticket without an id. BouncyCastle knows a session by its id alone; that one is not told.
        Resumed = session;
        return TlsUtilities.ImportSession(
            sessionId.Length > 0 ? sessionId : RandomNumberGenerator.GetBytes(32),
            new SessionParameters.Builder()
                .SetCipherSuite(state.CipherSuite)
                .SetNegotiatedVersion(ProtocolVersion.TLSv12)
                .SetExtendedMasterSecret(true)
                .SetMasterSecret(_crypto.CreateSecret(state.Secret))
                .Build());
    }

    /// <summary>Keeps the connection from going on with a new session where the options require an old one.</summary>
    public void CheckRequired()
    {
        if (_options.RequireResumption is { } required && Resumed?.State.Origin != required.Origin)
            throw Faults.Carry(OwnFaults.NotResumed(
                $"The client did not resume the session that {nameof(_options.RequireResumption)} names."));
    }

    /// <summary>TLS 1.2: the ticket of this session.</summary>
    /// <returns>Empty when there is none to give.</returns>
    public NewSessionTicket Ticket12(SecurityParameters security, SessionFacts about)
    {
        var secret = _crypto.AdoptSecret(security.MasterSecret).Extract();
        var ticket = Seal(NewState(Version12, security.CipherSuite, secret, about));
        return ticket is null
            ? new NewSessionTicket(0, TlsUtilities.EmptyBytes) : new NewSessionTicket((long)Remaining().TotalSeconds, ticket);
    }

    /// <summary>TLS 1.2: an id for clients that take no tickets; empty when none are kept.</summary>
    public byte[] NewSessionId(bool isTicketExpected) =>
        IsEnabled && !isTicketExpected && _options.SessionIds is not null ? RandomNumberGenerator.GetBytes(32) : [];

    /// <summary>TLS 1.2: keeps the session under its id.</summary>
    public void KeepById(SecurityParameters security, SessionFacts about)
    {
        if (Resumed is not null || security.SessionID is not { Length: > 0 } id || _options.SessionIds is not { } ids)
            return;

        var secret = _crypto.AdoptSecret(security.MasterSecret).Extract();
        if (Seal(NewState(Version12, security.CipherSuite, secret, about)) is { } state)
            ids.Add(id, state);
    }

    /// <summary>TLS 1.3: the tickets of this session, as whole handshake messages (RFC 8446 section 4.6.1).</summary>
    /// <param name="masterSecret">The resumption master secret.</param>
    /// <param name="hash">The hash of its key schedule.</param>
    /// <param name="session">What the handshake settled.</param>
    /// <param name="presented">What we presented.</param>
    public IEnumerable<byte[]> Tickets13(byte[] masterSecret, int hash, TlsSessionInfo session, byte[] presented)
    {
        // A client that resumes has used up one ticket. Behind a handshake whose end is a boundary stands nothing of TLS.
        var count = _options.StopAfterHandshake ? 0 : Resumed is null ? _options.TicketCount : Math.Min(1, _options.TicketCount);
        var about = new SessionFacts(
            session.Origin, session.ServerName, session.ApplicationProtocol.Protocol.ToArray(),
            new PeerIdentity(session.PeerCertificates, session.PeerRawPublicKey), presented);
        for (var i = 0; i < count && Remaining() > TimeSpan.Zero; i++)
        {
            byte[] nonce = [(byte)i];
            var secret = ResumptionSecrets.TicketSecret(_crypto, masterSecret, hash, nonce);
            if (Seal(NewState(Version13, (int)session.CipherSuite, secret, about)) is not { } ticket)
                yield break;

            var message = new MemoryStream();
            TlsUtilities.WriteUint8(HandshakeType.new_session_ticket, message);
            TlsUtilities.WriteUint24(4 + 4 + 1 + nonce.Length + 2 + ticket.Length + 2, message);
            TlsUtilities.WriteUint32((long)Remaining().TotalSeconds, message);
            message.Write(RandomNumberGenerator.GetBytes(4));
            TlsUtilities.WriteOpaque8(nonce, message);
            TlsUtilities.WriteOpaque16(ticket, message);
            TlsUtilities.WriteUint16(0, message);
            yield return message.ToArray();
        }
    }

    /// <summary>
    /// The connection has failed: nothing of it is resumed (RFC 5246 section 7.2.2, RFC 8446 section 6.2), as far as this process knows.
    /// </summary>
    public void OnFailure()
    {
        if (_options.TicketKeys is not { } ring)
            return;
        if (_given is { } given)
            FailedSessions.Of(ring).Add(given);
        if (Resumed is { State: { Version: Version12 } state })
            FailedSessions.Of(ring).Add(state.Lineage);
    }

    /// <summary>Overwrites the secret that was resumed: the handshake is over.</summary>
    public void Forget() => Resumed?.State.Forget();

    /// <summary>
    /// What a ticket's session may be gone on with as: by the name, the protocol, the policy, the age; and the client, judged anew: the
    /// trust in it may have ended since.
    /// </summary>
    /// <returns>Null when it does not fit.</returns>
    private ResumedSession? SessionOf(TicketState state, string? serverName, byte[] applicationProtocol)
    {
        var age = OwnFaults.Now(_options.TimeProvider) - state.AuthenticatedAt;
        if (age >= _options.MaxSessionAge
            || FailedSessions.Of(_options.TicketKeys!).Has(state.Lineage)
            || !CryptographicOperations.FixedTimeEquals(state.Policy, Policy)
            || !string.Equals(state.ServerName, serverName ?? "", StringComparison.OrdinalIgnoreCase)
            || !state.ApplicationProtocol.AsSpan().SequenceEqual(applicationProtocol)
            || (_options.RequireResumption is { } required && required.Origin != state.Origin))
            return null;

        // The channel binding of the server's certificate is that of the full handshake, and whoever withdraws a certificate wants to hear
        // no more of it.
        return Presented.Find(_options.AllCredentials, state.Presented) is { } presented
            && ReturningClient.Of(state, _options, Tell) is { } client
            ? new ResumedSession(state, client, presented) : null;
    }

    private TicketState NewState(int version, int cipherSuite, byte[] secret, SessionFacts about) => new()
    {
        Version = version,
        CipherSuite = cipherSuite,
        Secret = secret,
        AuthenticatedAt = AuthenticatedAt(),
        Origin = about.Origin,
        Lineage = LineageOf(version, about.Origin),
        Policy = Policy,
        ServerName = about.ServerName ?? "",
        ApplicationProtocol = about.ApplicationProtocol,
        Presented = about.Presented,
        ClientCertificates = [.. about.Client.Certificates.Select(certificate => certificate.RawData)],
        ClientRawPublicKey = about.Client.RawPublicKey.ToArray(),
    };

    private Guid LineageOf(int version, Guid origin) => version == Version13 ? _connection : origin;

    /// <summary>When the full handshake was that this session goes back to; now, if it is this one.</summary>
    private DateTimeOffset AuthenticatedAt() =>
        Resumed?.State.AuthenticatedAt ?? (_authenticatedAt ??= OwnFaults.Now(_options.TimeProvider));

    private TimeSpan Remaining() => AuthenticatedAt() + _options.MaxSessionAge - OwnFaults.Now(_options.TimeProvider);

    /// <returns>
    /// Null when the client's chain fits no ticket, or when the ring failed or made something that fits no message, which is logged.
    /// </returns>
    private byte[]? Seal(TicketState state)
    {
        if (state.ClientCertificates.Count > byte.MaxValue)
        {
            state.Forget();
            return null;
        }

        var plain = state.Write();
        try
        {
            var ticket = _options.TicketKeys!.Seal(plain);
            if (ticket is { Length: > 0 and <= 65_000 } && ticket.Length <= _options.Limits.MaxHandshakeMessageSize)
            {
                _given = state.Lineage;
                return ticket;
            }

            Tell(log => SessionLog.TicketOfNoUse(log, ticket?.Length ?? 0));
            return null;
        }
        catch (Exception e)
        {
            Tell(log => SessionLog.SealingFailed(log, e));
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            state.Forget();
        }
    }

    private void Tell(Action<ILogger> say) => OwnFaults.Call("The logger", () =>
    {
        say(NamedLog.Of(_options.LoggerFactory.CreateLogger<ServerResumption>(), _gate?.ConnectionName));
        return true;
    });

    private TicketState? Open(byte[] ticket)
    {
        byte[]? plain = null;
        try
        {
            plain = _options.TicketKeys!.Open(ticket);
            return plain is null ? null : TicketState.Read(plain);
        }
        catch (Exception e)
        {
            Tell(log => SessionLog.OpeningFailed(log, e));
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }
}
