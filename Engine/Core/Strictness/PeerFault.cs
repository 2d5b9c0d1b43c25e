using System.Security.Authentication;
using TlsFsm.Abstractions;

namespace TlsFsm.Core.Strictness;

/// <summary>Something a peer may not do: what it hears for it, and where that is written. The table of alerts is made of these.</summary>
/// <param name="Name">Its name in <see cref="PeerFaults"/>; tests say by it what they prove.</param>
/// <param name="Alert">The fatal alert that the peer gets.</param>
/// <param name="Rfc">The rule, by RFC and section.</param>
/// <param name="What">What the peer did, to be read after "The peer sent".</param>
internal sealed record PeerFault(string Name, TlsAlert Alert, string Rfc, string What)
{
    /// <summary>Who can do it.</summary>
    public FaultSource From { get; init; } = FaultSource.Either;

    /// <summary>On which versions.</summary>
    public SslProtocols Versions { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Whether BouncyCastle finds it, and we prove that it does. Otherwise the check is ours.</summary>
    public bool IsFoundByBouncyCastle { get; init; }

    /// <summary>The failure of a connection whose peer did it.</summary>
    /// <param name="detail">What exactly, in place of <see cref="What"/>.</param>
    public TlsException ToException(string? detail = null) =>
        new($"The peer sent {detail ?? What}.", CloseReason.Failed, TlsFault.PeerMisbehaved, Alert);
}
