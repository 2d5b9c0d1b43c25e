namespace TlsFsm;

/// <summary>
/// What a record carries (RFC 8446 section 5.1), as far as a message observer is shown it. The value is the code on the wire.
/// </summary>
public enum TlsContentType
{
    /// <summary>change_cipher_spec: on TLS 1.2 it changes the keys, on TLS 1.3 it is there for middleboxes and says nothing.</summary>
    ChangeCipherSpec = 20,
    /// <summary>An alert.</summary>
    Alert = 21,
    /// <summary>A handshake message, before or after the end of the handshake.</summary>
    Handshake = 22,
}
