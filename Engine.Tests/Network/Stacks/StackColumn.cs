namespace TlsFsm.Tests.Network.Stacks;

/// <summary>What is tried with every stack, in the order of the document's columns.</summary>
public enum StackColumn
{
    /// <summary>A P-256 certificate of the server: a talk with its content compared, closed in order.</summary>
    P256,

    /// <summary>The same with RSA.</summary>
    Rsa,

    /// <summary>An application protocol that both name.</summary>
    Alpn,

    /// <summary>The client presents a certificate, which the server demands.</summary>
    ClientCertificate,

    /// <summary>A HelloRetryRequest of TLS 1.3, and whether a second connection with another one resumes.</summary>
    Retry,

    /// <summary>Whether a second connection resumes.</summary>
    Resumption,
}
