namespace TlsFsm;

/// <summary>
/// What a connection needs of a TLS library: a pump between two memory BIOs, as OpenSSL's <c>wrap_bio</c>. It takes whole records
/// from the incoming BIO, one at a time, and puts all its output into the outgoing one, also when a call throws.
/// </summary>
/// <remarks>
/// A member that throws throws a <see cref="TlsException"/>; the core has failed then, the alert (if one is due) is in the outgoing
/// BIO, plaintext that was authenticated before stays readable, and nothing more is taken from the incoming BIO.
/// One thread at a time; nothing calls back into the connection.
/// </remarks>
public interface ITlsCore : IDisposable
{
    /// <summary>Binds the core to its BIOs. Called once, before anything else.</summary>
    /// <param name="incoming">Ciphertext received and not yet consumed.</param>
    /// <param name="outgoing">Ciphertext produced and not yet handed to the transport.</param>
    void Attach(MemoryBio incoming, MemoryBio outgoing);

    /// <summary>Whether the handshake has finished and the core has not failed.</summary>
    bool IsEstablished { get; }

    /// <summary>What the handshake settled; null before it finished.</summary>
    TlsSessionInfo? Session { get; }

    /// <summary>Goes on with the handshake as far as the incoming BIO allows (<c>do_handshake</c>). The first call starts it.</summary>
    /// <returns>
    /// <see cref="CoreStatus.WantRead"/>, <see cref="CoreStatus.Done"/>, or <see cref="CoreStatus.WantDecision"/>: call again when
    /// <see cref="WhenDecided"/> is told.
    /// </returns>
    CoreStatus StepHandshake();

    /// <summary>Told, from any thread, that a decision is in which a step has been waiting for. Set before the first step.</summary>
    Action? WhenDecided
    {
        get => null;
        set { }
    }

    /// <summary>
    /// Shown the messages of the connection as they come and go, in the order of the wire; null for nobody. Set before the first step. It
    /// must neither throw nor call back. A core without messages to show ignores it.
    /// </summary>
    /// <exception cref="InvalidOperationException">Set after the first step.</exception>
    Action<TlsMessage>? MessageObserver
    {
        get => null;
        set { }
    }

    /// <summary>
    /// Told what code that is not ours threw where nobody waits for its answer, with words for it; null: it is thrown on. Ours alone: a
    /// core of somebody else's calls nobody's code but its own.
    /// </summary>
    internal Action<Exception, string>? Unheard
    {
        get => null;
        set { }
    }

    /// <summary>
    /// Told of each alert, and whether it was sent; null for nobody. Must not throw. Ours alone: what another core does not say is not
    /// counted.
    /// </summary>
    internal Action<TlsAlert, bool>? AlertSeen
    {
        get => null;
        set { }
    }

    /// <summary>What log entries call the connection; null where nobody has said.</summary>
    internal Func<string>? ConnectionName
    {
        get => null;
        set { }
    }

    /// <summary>Plaintext bytes that <see cref="Read"/> can hand out without taking another record.</summary>
    int PendingPlaintext { get; }

    /// <summary>Hands out plaintext, taking as many records as it needs for the first byte (<c>read</c>).</summary>
    /// <param name="destination">Where to. An empty one hands out nothing, and only makes plaintext be at hand if there is any.</param>
    /// <param name="count">How many bytes were written; zero unless the status is <see cref="CoreStatus.Done"/>.</param>
    /// <returns>
    /// <see cref="CoreStatus.Done"/> when plaintext was at hand (at least one byte was written, unless the destination is empty),
    /// <see cref="CoreStatus.WantRead"/>, or <see cref="CoreStatus.EndOfStream"/> once the peer's close_notify was read and all before it
    /// was handed out.
    /// </returns>
    CoreStatus Read(Span<byte> destination, out int count);

    /// <summary>Encrypts all of <paramref name="data"/> into the outgoing BIO, in records of at most 16,384 bytes (<c>write</c>).</summary>
    void Write(ReadOnlySpan<byte> data);

    /// <summary>Ends our direction: sends close_notify (once). Reading goes on, nothing is discarded (RFC 8446 section 6.1).</summary>
    void CloseWrite();

    /// <summary>
    /// Ends TLS with a fatal alert of the application's own, at any time: in the handshake, also while a decision is awaited, and after our
    /// close_notify. The core has failed then. A core without alerts sends none.
    /// </summary>
    /// <param name="alert">Any but close_notify and the warnings.</param>
    void SendAlert(TlsAlert alert)
    {
    }

    /// <summary>How far the handshake has come, for the words of a failure.</summary>
    TlsHandshakePhase HandshakePhase { get; }

    /// <summary>
    /// Goes on with the two-way shutdown (<c>unwrap</c>): forgets plaintext at hand, sends close_notify (once), then takes and
    /// discards records until the peer's close_notify.
    /// </summary>
    /// <returns><see cref="CoreStatus.WantRead"/>, or <see cref="CoreStatus.Done"/> when the peer's close_notify was read.</returns>
    CoreStatus StepShutdown();

    /// <summary>Whether the peer's close_notify was read.</summary>
    bool IsCloseNotifyReceived { get; }

    /// <summary>
    /// Keying material of this connection for another protocol (RFC 5705, RFC 8446 section 7.5), at any time after the handshake.
    /// </summary>
    /// <param name="label">
    /// What it is for: 1 to 249 ASCII characters, registered with IANA or beginning with EXPERIMENTAL. Empty only on TLS 1.2, for peers
    /// that use that.
    /// </param>
    /// <param name="context">At most 65,535 bytes that both sides know. Null and empty are the same on TLS 1.3, and differ on 1.2.</param>
    /// <param name="length">Bytes, 1 to 255 times the size of the handshake's hash (8,160 or 12,240).</param>
    /// <exception cref="ArgumentException">One of the three is out of its range, or the label is one of TLS's own.</exception>
    /// <exception cref="InvalidOperationException">
    /// The handshake has not finished, or it was one of TLS 1.2 without extended master secret (RFC 7627 section 5.4).
    /// </exception>
    /// <exception cref="NotSupportedException">This core has no secrets.</exception>
    byte[] ExportKeyingMaterial(string label, byte[]? context, int length) =>
        throw new NotSupportedException($"{GetType().Name} exports no keying material.");

    /// <summary>What ties an authentication above to this connection, at any time after the handshake.</summary>
    /// <returns>
    /// Null where the kind is not defined: <see cref="TlsChannelBinding.TlsUnique"/> on TLS 1.3,
    /// <see cref="TlsChannelBinding.TlsServerEndPoint"/> with a certificate whose signature names no hash, the other two without extended
    /// master secret.
    /// </returns>
    /// <exception cref="InvalidOperationException">The handshake has not finished.</exception>
    /// <exception cref="NotSupportedException">This core has no secrets.</exception>
    byte[]? GetChannelBinding(TlsChannelBinding kind) => throw new NotSupportedException($"{GetType().Name} has no channel bindings.");

    /// <summary>Puts what is sent next under a new key (KeyUpdate, RFC 8446 section 4.6.3). TLS 1.3 only.</summary>
    /// <param name="requestPeer">Whether the peer is asked to do the same. It answers before its next data.</param>
    /// <exception cref="InvalidOperationException">
    /// The handshake has not finished, our close_notify was sent, or this is TLS 1.2.
    /// </exception>
    /// <exception cref="NotSupportedException">This core has no keys.</exception>
    void UpdateKeys(bool requestPeer) => throw new NotSupportedException($"{GetType().Name} has no keys.");

    /// <summary>Gives back memory that an idle connection does not need.</summary>
    void Shrink();

    /// <summary>Nothing was sent or received for a while: lets go of what costs a little to make anew. At any time; ours alone.</summary>
    internal void Rest()
    {
    }
}
