using System.Runtime.CompilerServices;
using System.Security.Authentication;

namespace TlsFsm.Core.Strictness;

/// <summary>
/// Something a peer may not do: what it hears for it, and where that is written. <see cref="RecordFaults"/>, <see cref="HelloFaults"/>,
/// <see cref="MessageFaults"/> and <see cref="CertificateFaults"/> hold them all. With <see cref="OwnFaults"/> the one place where an alert is chosen for a
/// check of ours; for what BouncyCastle checks they say which alert is expected, and tests hold that fast. The table of alerts
/// (docs/alerts.md) is made of them.
/// </summary>
/// <param name="Name">Its name there; tests say by it what they prove.</param>
/// <param name="Alert">The fatal alert that the peer gets.</param>
/// <param name="Rfc">The rule, by RFC and section.</param>
/// <param name="What">What the peer did, to be read after "The peer sent".</param>
internal record PeerFault(string Name, TlsAlert Alert, string Rfc, string What)
{
    /// <summary>Who can do it.</summary>
    public FaultSource From { get; init; } = FaultSource.Either;

    /// <summary>On which versions.</summary>
    public SslProtocols Versions { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Whether BouncyCastle finds it, and we prove that it does. Otherwise the check is ours.</summary>
    public bool IsFoundByBouncyCastle { get; init; }

    /// <summary>The member of <see cref="TlsLimits"/> that is passed with it; null when none is.</summary>
    public string? LimitName { get; init; }

    /// <summary>The failure of a connection whose peer did it.</summary>
    /// <param name="detail">What exactly, in place of <see cref="What"/>.</param>
    public TlsException ToException(string? detail = null) =>
        new($"The peer sent {detail ?? What}.", CloseReason.Failed, TlsFault.PeerMisbehaved, Alert) { Limit = LimitName };

    /// <summary>A fault that we look for ourselves.</summary>
    public static PeerFault Ours(
        TlsAlert alert, string rfc, string what, FaultSource from = FaultSource.Either,
        SslProtocols versions = SslProtocols.Tls12 | SslProtocols.Tls13, string? limit = null, [CallerMemberName] string name = "") =>
        new(name, alert, rfc, what) { From = from, Versions = versions, LimitName = limit };

    /// <summary>A fault that BouncyCastle finds.</summary>
    public static PeerFault OfBouncyCastle(
        TlsAlert alert, string rfc, string what, FaultSource from = FaultSource.Either,
        SslProtocols versions = SslProtocols.Tls12 | SslProtocols.Tls13, [CallerMemberName] string name = "") =>
        new(name, alert, rfc, what) { From = from, Versions = versions, IsFoundByBouncyCastle = true };
}
