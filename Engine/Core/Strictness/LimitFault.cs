using System.Runtime.CompilerServices;
using System.Security.Authentication;

namespace TlsFsm.Core.Strictness;

/// <summary>Too much of what is allowed: a fault of a peer that has passed one of <see cref="TlsLimits"/>, which its words name.</summary>
/// <param name="Name">Its name in <see cref="RecordFaults"/>.</param>
/// <param name="Alert">The fatal alert that the peer gets.</param>
/// <param name="Rfc">The rule, by RFC and section.</param>
/// <param name="Much">What there was too much of, to be read after "The peer sent more".</param>
/// <param name="Limit">The name of the limit.</param>
internal sealed record LimitFault(string Name, TlsAlert Alert, string Rfc, string Much, string Limit)
    : PeerFault(Name, Alert, Rfc, $"more {Much} than {Limit} allows")
{
    /// <summary>The failure of a connection whose peer did it.</summary>
    /// <param name="limit">The limit's value.</param>
    public TlsException ToException(int limit) => ToException($"more {Much} than {Limit} ({limit}) allows");

    /// <summary>A limit that we hold a peer to.</summary>
    public static LimitFault Of(
        TlsAlert alert, string rfc, string much, string limit, FaultSource from = FaultSource.Either,
        SslProtocols versions = SslProtocols.Tls12 | SslProtocols.Tls13, [CallerMemberName] string name = "") =>
        new(name, alert, rfc, much, limit) { From = from, Versions = versions, LimitName = limit };
}
