namespace TlsFsm;

/// <summary>
/// Handshake messages by their names in IANA's registry "TLS HandshakeType". The value is the code on the wire; others may come.
/// </summary>
public enum TlsHandshakeType
{
    /// <summary>hello_request: a server wants to renegotiate (TLS 1.2).</summary>
    HelloRequest = 0,
    /// <summary>client_hello.</summary>
    ClientHello = 1,
    /// <summary>server_hello. A HelloRetryRequest is one too: <see cref="TlsMessage.IsHelloRetryRequest"/>.</summary>
    ServerHello = 2,
    /// <summary>hello_verify_request, of DTLS.</summary>
    HelloVerifyRequest = 3,
    /// <summary>new_session_ticket.</summary>
    NewSessionTicket = 4,
    /// <summary>end_of_early_data.</summary>
    EndOfEarlyData = 5,
    /// <summary>hello_retry_request, of drafts of TLS 1.3 only.</summary>
    HelloRetryRequest = 6,
    /// <summary>encrypted_extensions.</summary>
    EncryptedExtensions = 8,
    /// <summary>request_connection_id, of DTLS.</summary>
    RequestConnectionId = 9,
    /// <summary>new_connection_id, of DTLS.</summary>
    NewConnectionId = 10,
    /// <summary>certificate.</summary>
    Certificate = 11,
    /// <summary>server_key_exchange (TLS 1.2).</summary>
    ServerKeyExchange = 12,
    /// <summary>certificate_request.</summary>
    CertificateRequest = 13,
    /// <summary>server_hello_done (TLS 1.2).</summary>
    ServerHelloDone = 14,
    /// <summary>certificate_verify.</summary>
    CertificateVerify = 15,
    /// <summary>client_key_exchange (TLS 1.2).</summary>
    ClientKeyExchange = 16,
    /// <summary>client_certificate_request (RFC 9261).</summary>
    ClientCertificateRequest = 17,
    /// <summary>finished.</summary>
    Finished = 20,
    /// <summary>certificate_url (RFC 6066).</summary>
    CertificateUrl = 21,
    /// <summary>certificate_status: a stapled OCSP response (TLS 1.2, RFC 6066).</summary>
    CertificateStatus = 22,
    /// <summary>supplemental_data (RFC 4680).</summary>
    SupplementalData = 23,
    /// <summary>key_update (TLS 1.3).</summary>
    KeyUpdate = 24,
    /// <summary>compressed_certificate (RFC 8879).</summary>
    CompressedCertificate = 25,
    /// <summary>ekt_key (RFC 8870).</summary>
    EktKey = 26,
    /// <summary>message_hash: stands in the transcript after a HelloRetryRequest, never on the wire.</summary>
    MessageHash = 254,
}
