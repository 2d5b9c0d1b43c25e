using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using TlsFsm.Abstractions.Sessions;

namespace TlsFsm;

/// <summary>
/// What a client keeps of a connection to go on with it on a later one: a ticket or session id, its secret, and whom it was with.
/// </summary>
/// <remarks>Holds key material: whoever has it can pretend to be either side of the resumed connection. Thread-safe.</remarks>
public sealed class TlsSavedSession
{
    private readonly Lock _lock = new();
    private byte[] _secret;
    private bool _isUsed;

    internal TlsSavedSession(byte[] secret, Facts about, SessionLineage? lineage = null)
    {
        _secret = secret;
        About = about;
        Lineage = lineage ?? new SessionLineage();
    }

    /// <summary>
    /// Host, trust, application protocols, versions and client certificate that the session was made with, as one opaque text: it is
    /// offered under the same key only.
    /// </summary>
    public string Key => About.Key;

    /// <summary>The session of the full handshake that this one goes back to: <see cref="TlsSessionInfo.Origin"/>.</summary>
    public Guid Origin => About.Origin;

    /// <summary>
    /// <see cref="SslProtocols.Tls12"/>, or <see cref="SslProtocols.Tls13"/>, which may be used once (RFC 8446 appendix C.4).
    /// </summary>
    public SslProtocols Protocol => About.Protocol;

    /// <summary>From this moment on it is not offered any more.</summary>
    public DateTimeOffset ExpiresAt => About.ExpiresAt;

    /// <summary>
    /// Whether it can still be offered: not forgotten, not used up on TLS 1.3, and not of a connection that has failed. Its age is
    /// <see cref="ExpiresAt"/>'s matter.
    /// </summary>
    public bool IsUsable
    {
        get
        {
            lock (_lock)
                return CanUse;
        }
    }

    internal Facts About { get; }

    /// <summary>What takes it with it when it fails.</summary>
    internal SessionLineage Lineage { get; }

    private bool CanUse => _secret.Length > 0 && !(_isUsed && Protocol == SslProtocols.Tls13) && !Lineage.HasFailed;

    /// <summary>Overwrites the secret: the session cannot be resumed any more.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            CryptographicOperations.ZeroMemory(_secret);
            _secret = [];
        }
    }

    /// <summary>
    /// Takes the session out of this process: to a file, a store that a fleet shares. <see cref="Open"/> makes a session of it again.
    /// </summary>
    /// <remarks>
    /// There is no way out in clear: the bytes hold the secret, encrypted and authenticated by <paramref name="keys"/>. A session of TLS
    /// 1.3 leaves with it and is not <see cref="IsUsable"/> here any more, because it may be used once (RFC 8446 appendix C.4); one of TLS
    /// 1.2 stays. How it fares elsewhere is not heard here: docs/sessions.md says what that means.
    /// </remarks>
    /// <param name="keys">
    /// The ring that seals: the client's own, one that outlives the process, such as that of TlsFsm.DataProtection. What it throws is
    /// thrown, and the session is used up then as well.
    /// </param>
    /// <returns>Some hundred bytes, and the server's certificates.</returns>
    /// <exception cref="InvalidOperationException">The session is not <see cref="IsUsable"/>.</exception>
    public byte[] Seal(ITicketKeyRing keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var state = Export();
        try
        {
            return keys.Seal(state);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(state);
        }
    }

    /// <summary>Opens what <see cref="Seal"/> has made, in this process or another.</summary>
    /// <remarks>
    /// What can be opened can be opened twice: whoever keeps sessions of TLS 1.3 takes them out of the store with the same step. A
    /// connection looks itself whether the session is for it, and not too old: bring it by <see cref="ITlsSessionCache.Take"/>.
    /// </remarks>
    /// <param name="sealedSession">What was kept.</param>
    /// <param name="keys">The ring that has sealed it.</param>
    /// <returns>
    /// Null when the ring does not open it, or it is no session of this version of the library: the next handshake is a full one then.
    /// </returns>
    public static TlsSavedSession? Open(ReadOnlySpan<byte> sealedSession, ITicketKeyRing keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Open(sealedSession) is not { } state)
            return null;

        try
        {
            return SavedSessionState.Read(state);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(state);
        }
    }

    /// <summary>All of it in clear; a session of TLS 1.3 leaves with it. The caller overwrites it.</summary>
    /// <exception cref="InvalidOperationException">Not <see cref="IsUsable"/>.</exception>
    internal byte[] Export()
    {
        var secret = Use() ?? throw new InvalidOperationException(
            "The session was forgotten, used up, or is of a connection that has failed: there is nothing to resume by it.");
        try
        {
            return SavedSessionState.Write(secret, About);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>A copy of the secret, for one connection; on TLS 1.3 for one connection ever.</summary>
    /// <returns>Null when it cannot be offered any more.</returns>
    internal byte[]? Use()
    {
        lock (_lock)
        {
            if (!CanUse)
                return null;

            _isUsed = true;
            var copy = (byte[])_secret.Clone();
            if (Protocol == SslProtocols.Tls13)
            {
                CryptographicOperations.ZeroMemory(_secret);
                _secret = [];
            }

            return copy;
        }
    }

    /// <summary>All of a session but its secret.</summary>
    internal sealed record Facts
    {
        public required string Key { get; init; }

        public required Guid Origin { get; init; }

        public required SslProtocols Protocol { get; init; }

        public required int CipherSuite { get; init; }

        public required DateTimeOffset ReceivedAt { get; init; }

        /// <summary>When the full handshake was: the peer has not proved itself since.</summary>
        public required DateTimeOffset AuthenticatedAt { get; init; }

        public required DateTimeOffset ExpiresAt { get; init; }

        /// <summary>Empty: resumed by session id.</summary>
        public required byte[] Ticket { get; init; }

        public required byte[] SessionId { get; init; }

        public required uint AgeAdd { get; init; }

        public required SslApplicationProtocol ApplicationProtocol { get; init; }

        /// <summary>Who the server has shown to be.</summary>
        public required PeerIdentity Peer { get; init; }
    }
}
