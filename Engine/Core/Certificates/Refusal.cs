using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Core.Certificates;

/// <summary>
/// The one form in which a certificate is refused: whose, for which host, which check, at which certificate, what was wrong, what would
/// mend it.
/// </summary>
/// <param name="IsServer">Whether we are the server, judging a client.</param>
/// <param name="Host">The host that it was presented for; null on a server, or when the caller gave none.</param>
internal sealed record Refusal(bool IsServer, string? Host)
{
    private const int MaxHost = 253;

    /// <summary>Of a client, by a server.</summary>
    public static Refusal OfClient { get; } = new(IsServer: true, Host: null);

    /// <summary>Who presents what is judged.</summary>
    public string Owner => IsServer ? "client" : "server";

    /// <summary>A refusal of certificates that can be read.</summary>
    /// <param name="fault">What is wrong.</param>
    /// <param name="presented">All of them, leaf first.</param>
    /// <param name="cause">The exception that told of it, if one did.</param>
    public TlsCertificateException Of(ChainFault fault, IReadOnlyList<X509Certificate2> presented, Exception? cause = null)
    {
        var index = CertificateText.IndexOf(presented, fault.Certificate);
        var where = index == 0 ? "" : $" at {CertificateText.NameOf(fault.Certificate)}"
            + (index > 0 ? $" (number {index + 1} of those presented)" : " (which was not presented)");
        return Make(
            $"certificate {CertificateText.NameOf(presented[0])}", fault.Check + "'" + where, fault.Alert, fault.Detail, fault.Remedy,
            fault.Certificate, cause);
    }

    /// <summary>A refusal where there is no certificate to be named by its subject.</summary>
    /// <param name="what">What was presented, to be read behind whose it is.</param>
    /// <param name="check">The check that failed.</param>
    /// <param name="alert">What the peer is told.</param>
    /// <param name="detail">What was wrong.</param>
    /// <param name="remedy">What would mend it, as a sentence.</param>
    /// <param name="certificate">The certificate at fault, where it can be read after all.</param>
    /// <param name="cause">The exception that told of it, if one did.</param>
    public TlsCertificateException Of(
        string what, string check, TlsAlert alert, string detail, string remedy, X509Certificate2? certificate = null,
        Exception? cause = null) => Make(what, check + "'", alert, detail, remedy, certificate, cause);

    private TlsCertificateException Make(
        string what, string checkAndPlace, TlsAlert alert, string detail, string remedy, X509Certificate2? certificate, Exception? cause) =>
        new(
            $"The {Owner}'s {what}{(Host is null ? "" : $" for '{SafeText.Of(Host, MaxHost)}'")} fails the check "
            + $"'{checkAndPlace}: {detail}. {remedy}",
            alert, checkAndPlace[..checkAndPlace.IndexOf('\'', StringComparison.Ordinal)], certificate, Host, cause)
        {
            Detail = detail, Remedy = remedy,
        };
}
