namespace TlsFsm.Core.Messages;

/// <summary>A message that has extensions.</summary>
internal enum ExtensionPlace
{
    /// <summary>Of any version: which one it leads to is not known yet.</summary>
    ClientHello,

    /// <summary>TLS 1.2.</summary>
    ServerHello12,

    /// <summary>TLS 1.3.</summary>
    ServerHello13,

    HelloRetryRequest,

    EncryptedExtensions,

    /// <summary>TLS 1.3.</summary>
    CertificateRequest,

    /// <summary>An entry of a Certificate of TLS 1.3.</summary>
    Certificate,

    /// <summary>TLS 1.3.</summary>
    NewSessionTicket,
}
