namespace TlsFsm;

/// <summary>Whether a server asks its clients for a certificate.</summary>
public enum ClientCertificateMode
{
    /// <summary>Not asked for.</summary>
    None,

    /// <summary>Asked for; a client without one is let in, one with a bad one is not.</summary>
    Request,

    /// <summary>Asked for; a client without one is refused: certificate_required on TLS 1.3, handshake_failure on 1.2.</summary>
    Require,
}
