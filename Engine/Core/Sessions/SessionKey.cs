using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Core.Sessions;

/// <summary>What a session may be resumed for: two sides of one text, of all that its full handshake was judged by.</summary>
internal static class SessionKey
{
    private static readonly ConditionalWeakTable<object, string> Judges = [];
    private static readonly ConditionalWeakTable<TlsClientOptions, string> KnownClients = [];
    private static readonly ConditionalWeakTable<TlsServerOptions, byte[]> KnownServers = [];

    /// <summary>A client's key. Null without a target host: nothing would tell one server's sessions from another's.</summary>
    /// <remarks>Null also with pre-shared keys: a session does not keep the identity of one.</remarks>
    public static string? Of(TlsClientOptions options) =>
        options.TargetHost is null || options.Psks.Count > 0 ? null : KnownClients.GetValue(options, Make);

    /// <summary>
    /// A server's key: the same in every process of a fleet that is configured alike. Names and clients' trust are judged anew each time,
    /// and what we present is in the ticket.
    /// </summary>
    public static byte[] Of(TlsServerOptions options) => KnownServers.GetValue(options, Make);

    private static string Make(TlsClientOptions options)
    {
        var text = new StringBuilder("client").Append('\n')
            .Append(PeerName.Parse(options.TargetHost!, nameof(options)).Host).Append('\n')
            .Append(TrustOf(options.Verification)).Append('\n')
            .Append((int)options.EnabledProtocols).Append('\n')
            .Append(options.MaxFragmentLength).Append('\n')
            .Append(PolicyOf(options.Policy)).Append('\n')
            .Append(options.ChooseCredential is { } choose ? Identity(choose) : "").Append('\n')
            .AppendJoin(' ', options.TypesOffered).Append('\n')
            .AppendJoin(' ', options.AllCredentials.Select(one => Convert.ToHexString(one.Identity))).Append('\n');
        foreach (var protocol in options.ApplicationProtocols)
            text.Append(Convert.ToHexString(protocol.Protocol.Span)).Append('\n');

        return Hash(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static byte[] Make(TlsServerOptions options)
    {
        var text = new StringBuilder("server").Append('\n')
            .Append(PolicyOf(options.Policy)).Append('\n')
            .Append((int)options.EnabledProtocols).Append('\n')
            .Append((int)options.ClientCertificates).Append('\n');
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>Roots by their content; a judge of the caller's by who it is, because nothing else is known of it.</summary>
    private static string TrustOf(CertificateVerification verification) =>
        string.Join(
            ' ', [ChainTrustOf(verification), .. verification.TypesTaken, .. verification.RawPublicKeys.Order(StringComparer.Ordinal)]);

    private static string ChainTrustOf(CertificateVerification verification)
    {
        var isOurs =
            verification.Judge is null && verification.Review is null && verification.ChainPolicy is null && verification.Pins.Count == 0
            && verification.Staple == StapleMode.Request && verification.RevocationMode == X509RevocationMode.NoCheck;
        if (!isOurs)
            return Identity(verification);

        return verification.Roots is { } roots
            ? "roots " + string.Join(' ', roots.Select(root => Hash(root.RawData)).Order(StringComparer.Ordinal))
            : "system";
    }

    private static string PolicyOf(TlsPolicy policy) => string.Join(
        ' ', (int)policy.Protocols, policy.RequireExtendedMasterSecret, policy.MinRsaBits, policy.MaxRsaBits,
        string.Join(',', policy.CipherSuites), string.Join(',', policy.Groups), string.Join(',', policy.SignatureSchemes),
        string.Join(',', policy.CertificateSchemes));

    private static string Identity(object one) => Judges.GetValue(one, static _ => $"judge {Guid.NewGuid()}");

    private static string Hash(byte[] content) => Convert.ToHexString(SHA256.HashData(content));
}
