using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Core.Sessions;

/// <summary>
/// What a session may be resumed for: the one place that says of every option whether a resumption is bound to it or asks it again
/// (docs/sessions.md is made of this).
/// </summary>
internal static class SessionBinding
{
    private static readonly ConditionalWeakTable<object, string> Judges = [];
    private static readonly ConditionalWeakTable<TlsClientOptions, string> KnownClients = [];
    private static readonly ConditionalWeakTable<TlsServerOptions, byte[]> KnownServers = [];

    /// <summary>What both sides have, and decides nothing about a peer.</summary>
    private static readonly string[] Shared =
    [
        nameof(TlsConnectionOptions.HandshakeTimeout), nameof(TlsConnectionOptions.ShutdownTimeout),
        nameof(TlsConnectionOptions.FlushTimeout), nameof(TlsConnectionOptions.StreamDisposeTimeout),
        nameof(TlsConnectionOptions.AwaitCloseNotify), nameof(TlsConnectionOptions.AllowHalfCloseOnTls12),
        nameof(TlsConnectionOptions.CallConnectionMade), nameof(TlsConnectionOptions.StopAfterHandshake),
        nameof(TlsConnectionOptions.TolerateTruncation), nameof(TlsConnectionOptions.AllowHalfCloseAtEndOfStream),
        nameof(TlsConnectionOptions.ReadHighWaterMark), nameof(TlsConnectionOptions.ReadLowWaterMark),
        nameof(TlsConnectionOptions.WriteHighWaterMark), nameof(TlsConnectionOptions.WriteLowWaterMark),
        nameof(TlsConnectionOptions.RecordSize), nameof(TlsConnectionOptions.CoalesceWrites),
        nameof(TlsConnectionOptions.RecordPadding), nameof(TlsConnectionOptions.RecordsPerKey),
        nameof(TlsConnectionOptions.TimeProvider), nameof(TlsConnectionOptions.DangerousKeyLog),
        nameof(TlsConnectionOptions.MessageObserver), nameof(TlsConnectionOptions.LoggerFactory), nameof(TlsConnectionOptions.X25519),
        .. ((string[])
        [
            nameof(TlsLimits.MaxHandshakeMessageSize), nameof(TlsLimits.MaxRecordsWithoutProgress),
            nameof(TlsLimits.MaxKeyUpdatesWithoutData), nameof(TlsLimits.MaxSessionTickets), nameof(TlsLimits.MaxRenegotiationAttempts),
            nameof(TlsLimits.MaxBytesBeforeHello), nameof(TlsLimits.MaxBufferedBytes), nameof(TlsLimits.MaxTicketsTried),
            nameof(TlsLimits.MaxDiscardedAfterClose),
        ]).Select(limit => $"Limits.{limit}"),
    ];

    /// <summary>A client's decisions, on both versions.</summary>
    public static IReadOnlyList<SessionDecision<TlsClientOptions>> Client { get; } =
    [
        Bound<TlsClientOptions>("TargetHost", "the host", one => PeerName.Parse(one.TargetHost!, nameof(one)).Host),
        .. OfVerification(),
        .. OfPolicy<TlsClientOptions>(one => one.Policy),
        Bound<TlsClientOptions>("Policy.CertificateCurves", "the list", one => Join(one.Policy.CertificateCurves)),
        Free<TlsClientOptions>("Policy.KeyShares"),
        Free<TlsClientOptions>("Policy.PreferClientOrder"),
        Bound<TlsClientOptions>("EnabledProtocols", "the versions", one => $"{(int)one.EnabledProtocols}"),
        Bound<TlsClientOptions>(
            "ApplicationProtocols", "the offer; what is agreed on is the connection's own (RFC 7301 section 3.1)",
            one => Join(one.ApplicationProtocols.Select(name => Convert.ToHexString(name.Protocol.Span)))),
        Bound<TlsClientOptions>("Credential", "the certificate or key", one => IdentitiesOf(one.AllCredentials)),
        Bound<TlsClientOptions>("Credentials", "the certificates and keys", one => IdentitiesOf(one.AllCredentials)),
        Bound<TlsClientOptions>("OfferedCertificateTypes", "the list", one => Join(one.TypesOffered)),
        Bound<TlsClientOptions>("ChooseCredential", "the very callback", one => Identity(one.ChooseCredential)),
        Bound<TlsClientOptions>("MaxFragmentLength", "the length; with one nothing of TLS 1.2 is kept", one => $"{one.MaxFragmentLength}"),
        new("Psks", SessionFate.NoSession, "a session does not keep the identity of a key"),
        Bound<TlsClientOptions>(
            "Limits.MaxCertificateChainLength", "the limit", one => $"{one.Limits.MaxCertificateChainLength}"),
        new("MaxSessionAge", SessionFate.AskedAgain, "how long ago the full handshake was, by the options of now"),
        new("RequireResumption", SessionFate.AskedAgain, "whether it is that session"),
        Free<TlsClientOptions>("SessionCache"),
        .. Shared.Select(Free<TlsClientOptions>),
    ];

    /// <summary>A server's decisions, on both versions.</summary>
    public static IReadOnlyList<SessionDecision<TlsServerOptions>> Server { get; } =
    [
        new("Credential", SessionFate.Kept, "what was presented must still be there"),
        new("Credentials", SessionFate.Kept, "what was presented must still be there"),
        Bound<TlsServerOptions>("ClientCertificates", "the mode", one => $"{(int)one.ClientCertificates}"),
        .. OfClientVerification(),
        .. OfPolicy<TlsServerOptions>(one => one.Policy),
        Free<TlsServerOptions>("Policy.CertificateCurves"),
        Free<TlsServerOptions>("Policy.KeyShares"),
        Free<TlsServerOptions>("Policy.PreferClientOrder"),
        Bound<TlsServerOptions>("EnabledProtocols", "the versions", one => $"{(int)one.EnabledProtocols}"),
        new("ApplicationProtocols", SessionFate.Kept, "what was agreed on must be what is agreed on now"),
        new("Names", SessionFate.AskedAgain, "by the ClientHello, before a ticket is opened; the name must be the session's"),
        new("Choose", SessionFate.AskedAgain, "by the ClientHello, before a ticket is opened; the name must be the session's"),
        new("FindPsk", SessionFate.NoSession, "a session does not keep the identity of a key"),
        new("Limits.MaxCertificateChainLength", SessionFate.AskedAgain, "for the chain in the ticket"),
        new("MaxSessionAge", SessionFate.AskedAgain, "how long ago the full handshake was, by the options of now"),
        new("RequireResumption", SessionFate.AskedAgain, "whether it is that session"),
        new("TicketKeys", SessionFate.AskedAgain, "whether the ring of now opens the ticket"),
        Free<TlsServerOptions>("TicketCount"),
        Free<TlsServerOptions>("SessionIds"),
        Free<TlsServerOptions>("AcceptableIssuers"),
        Free<TlsServerOptions>("PskHint"),
        .. Shared.Select(Free<TlsServerOptions>),
    ];

    /// <summary>A client's key. Null without a target host: nothing would tell one server's sessions from another's.</summary>
    /// <remarks>Null also with pre-shared keys.</remarks>
    public static string? Of(TlsClientOptions options) =>
        options.TargetHost is null || options.Psks.Count > 0
            ? null : KnownClients.GetValue(options, static one => Convert.ToHexString(Hash("client", Client, one)));

    /// <summary>A server's key: the same in every process of a fleet that is configured alike.</summary>
    public static byte[] Of(TlsServerOptions options) => KnownServers.GetValue(options, static one => Hash("server", Server, one));

    private static IEnumerable<SessionDecision<TlsClientOptions>> OfVerification() =>
    [
        Bound<TlsClientOptions>(
            "Verification", "the roots by content; a chain policy or judge of the caller's by who it is", one => TrustOf(one.Verification)),
        Bound<TlsClientOptions>("Verification.Review", "the very callback", one => Identity(one.Verification.Review)),
        Bound<TlsClientOptions>("Verification.Pins", "the set", one => Sorted(one.Verification.Pins)),
        Bound<TlsClientOptions>("Verification.RawPublicKeys", "the set", one => Sorted(one.Verification.RawPublicKeys)),
        Bound<TlsClientOptions>("Verification.CertificateTypes", "the list", one => Join(one.Verification.TypesTaken)),
        Bound<TlsClientOptions>("Verification.Staple", "the mode", one => $"{(int)one.Verification.Staple}"),
        Bound<TlsClientOptions>("Verification.RevocationMode", "the mode", one => $"{(int)one.Verification.RevocationMode}"),
        Bound<TlsClientOptions>("Verification.RevocationFlag", "the flag", one => $"{(int)one.Verification.RevocationFlag}"),
        new("Verification.VerifyOnResumption", SessionFate.AskedAgain,
            "with it: chain, dates, revocation, name, pins and `Review`, by what was presented in the full handshake"),
        Free<TlsClientOptions>("Verification.Memory"),
        Free<TlsClientOptions>("Verification.Background"),
    ];

    private static IEnumerable<SessionDecision<TlsServerOptions>> OfClientVerification() =>
    [
        new("ClientVerification", SessionFate.AskedAgain,
            "roots, dates, names, strength, by the chain in the ticket; what would need the network is a full handshake"),
        new("ClientVerification.Review", SessionFate.AskedAgain,
            "by a full handshake, wherever it would be asked: also of who presented nothing"),
        new("ClientVerification.Pins", SessionFate.AskedAgain, "of the chain in the ticket"),
        new("ClientVerification.RawPublicKeys", SessionFate.AskedAgain, "whether the key in the ticket is known"),
        new("ClientVerification.CertificateTypes", SessionFate.AskedAgain, "whether the form in the ticket is taken"),
        new("ClientVerification.RevocationMode", SessionFate.AskedAgain, "of the chain in the ticket; online by a full handshake"),
        new("ClientVerification.RevocationFlag", SessionFate.AskedAgain, "of the chain in the ticket; online by a full handshake"),
        Free<TlsServerOptions>("ClientVerification.Staple"),
        Free<TlsServerOptions>("ClientVerification.VerifyOnResumption"),
        Free<TlsServerOptions>("ClientVerification.Memory"),
        Free<TlsServerOptions>("ClientVerification.Background"),
    ];

    private static IEnumerable<SessionDecision<TOptions>> OfPolicy<TOptions>(Func<TOptions, TlsPolicy> policy) =>
    [
        Bound<TOptions>("Policy.Protocols", "the versions", one => $"{(int)policy(one).Protocols}"),
        Bound<TOptions>("Policy.CipherSuites", "the list", one => Join(policy(one).CipherSuites)),
        Bound<TOptions>("Policy.Groups", "the list", one => Join(policy(one).Groups)),
        Bound<TOptions>("Policy.SignatureSchemes", "the list", one => Join(policy(one).SignatureSchemes)),
        Bound<TOptions>("Policy.CertificateSchemes", "the list", one => Join(policy(one).CertificateSchemes)),
        Bound<TOptions>("Policy.MinRsaBits", "the size", one => $"{policy(one).MinRsaBits}"),
        Bound<TOptions>("Policy.MaxRsaBits", "the size", one => $"{policy(one).MaxRsaBits}"),
        Bound<TOptions>(
            "Policy.RequireExtendedMasterSecret", "the value; without extended master secret nothing of TLS 1.2 is resumed",
            one => $"{policy(one).RequireExtendedMasterSecret}"),
        Bound<TOptions>("Policy.RequireSecureRenegotiation", "the value", one => $"{policy(one).RequireSecureRenegotiation}"),
    ];

    /// <summary>Roots by their content; what is the caller's own by who it is, because nothing else is known of it.</summary>
    private static string TrustOf(CertificateVerification verification) =>
        verification.Judge is { } judge ? Identity(judge)
        : verification.ChainPolicy is { } policy ? Identity(policy)
        : verification.Roots is { } roots ? $"roots {Sorted(roots.Select(root => Convert.ToHexString(SHA256.HashData(root.RawData))))}"
        : "system";

    private static string IdentitiesOf(IEnumerable<TlsCredential> credentials) =>
        Join(credentials.Select(one => Convert.ToHexString(one.Identity)));

    private static string Sorted(IEnumerable<string> several) => Join(several.Order(StringComparer.Ordinal));

    private static string Join<T>(IEnumerable<T> several) => string.Join(' ', several);

    private static string Identity(object? one) => one is null ? "" : Judges.GetValue(one, static _ => $"own {Guid.NewGuid()}");

    private static SessionDecision<TOptions> Bound<TOptions>(string option, string how, Func<TOptions, string> text) =>
        new(option, SessionFate.Bound, how, text);

    private static SessionDecision<TOptions> Free<TOptions>(string option) => new(option, SessionFate.Free, "");

    /// <summary>Of all that a session is bound to, each with its name and length before it, so that no two say the same.</summary>
    private static byte[] Hash<TOptions>(string role, IEnumerable<SessionDecision<TOptions>> decisions, TOptions options)
    {
        var all = new StringBuilder(role);
        foreach (var decision in decisions)
        {
            if (decision.Text?.Invoke(options) is { } text)
                all.Append('\n').Append(decision.Option).Append(' ').Append(text.Length).Append(' ').Append(text);
        }

        return SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString()));
    }
}
