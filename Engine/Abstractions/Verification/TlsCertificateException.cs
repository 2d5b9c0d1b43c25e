using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;

namespace TlsFsm;

/// <summary>A peer's certificate was rejected: which certificate, by which check, for which host.</summary>
public sealed class TlsCertificateException : TlsException
{
    /// <summary>A rejected certificate.</summary>
    /// <param name="message">What was wrong, naming certificate, check and host.</param>
    /// <param name="alert">The alert that tells the peer.</param>
    /// <param name="check">The check that failed, for example <c>chain</c>, <c>host name</c>, <c>presence</c>.</param>
    /// <param name="certificate">The certificate at fault; null when none was presented.</param>
    /// <param name="host">The host name or address that it was checked against; null for a client's certificate.</param>
    /// <param name="innerException">The cause, if another exception is.</param>
    public TlsCertificateException(
        string message, TlsAlert alert, string check, X509Certificate2? certificate, string? host, Exception? innerException = null)
        : base(message, CloseReason.Failed, TlsFault.CertificateRejected, alert, innerException)
    {
        Check = check;
        Certificate = certificate;
        Host = host;
    }

    /// <summary>The check that failed.</summary>
    public string Check { get; }

    /// <summary>
    /// What is wrong, without names and remedy, to be read behind the certificate's name; null where there is only the message.
    /// </summary>
    public string? Detail { get; init => field = value is null ? null : SafeText.Of(value, 2000); }

    /// <summary>What would mend it, as a sentence; null where there is only the message.</summary>
    public string? Remedy { get; init; }

    /// <summary>
    /// The certificate at fault, which need not be the peer's own: an authority's above it, presented or not. Null when none was
    /// presented, or it cannot be read.
    /// </summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>The host name or address that it was checked against; null for a client's certificate.</summary>
    public string? Host { get; }
}
