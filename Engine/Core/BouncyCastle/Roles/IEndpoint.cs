using Org.BouncyCastle.Tls;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>What the core needs of a BouncyCastle protocol object, client or server.</summary>
internal interface IEndpoint
{
    /// <summary>The protocol object itself, for what both roles do alike.</summary>
    TlsProtocol Protocol { get; }

    /// <summary>Its queue of ciphertext to send.</summary>
    ByteQueue Output { get; }

    /// <summary>Whether version and suite are agreed.</summary>
    bool IsNegotiated { get; }

    /// <summary>Starts the handshake. Once.</summary>
    void Begin();

    /// <summary>Goes on with messages that waited behind the gate, as far as it is open.</summary>
    void Resume();

    /// <summary>Sends close_notify and leaves the connection as it is: it can still read.</summary>
    void SendCloseNotify();

    /// <summary>Sends a KeyUpdate: what is sent next is under a new key. TLS 1.3 only.</summary>
    /// <param name="isAnswerWanted">Whether the peer is to do the same.</param>
    void SendKeyUpdate(bool isAnswerWanted);

    /// <summary>Ends the connection because of what the core found: sends the exception's alert.</summary>
    void Fail(TlsException fault);

    /// <summary>Forgets the secrets.</summary>
    void Forget();
}
