namespace TlsFsm;

/// <summary>
/// What becomes of bytes that arrived before an upgrade to TLS and that nobody has used. They came in the clear, so anybody on the way
/// may have put them there: taken for what the peer says afterwards, they are a command injected into an encrypted session.
/// </summary>
public enum PlaintextInjection
{
    /// <summary>
    /// The connection is aborted with <see cref="CloseReason.PlaintextInjection"/> before TLS sends anything. The default.
    /// </summary>
    Refuse,

    /// <summary>
    /// They are the first bytes of the peer's handshake, for protocols whose peer need not wait for an answer. TLS authenticates them.
    /// </summary>
    TreatAsTls,

    /// <summary>
    /// They are forgotten, and a warning is logged. For peers that are known to send what nobody wants, a blank line for example.
    /// </summary>
    Drop,
}
