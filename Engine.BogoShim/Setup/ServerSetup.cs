using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.BogoShim.Exchange;
using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Setup;

/// <summary>A server's options, from flags.</summary>
internal static class ServerSetup
{
    /// <summary>The extension status_request (RFC 6066 section 8).</summary>
    private const int StatusRequest = 5;

    /// <summary>The options of one connection.</summary>
    /// <exception cref="UnimplementedException">The flags ask for what is not there.</exception>
    public static TlsServerOptions Of(Turn turn, Shared shared)
    {
        var config = turn.Config;
        Check(config);
        var credentials = Credentials.Of(turn);
        var plain = Make(config, shared, credentials, choose: null);
        return !NeedsChoice(config) ? plain : Make(config, shared, credentials, (hello, decision) =>
        {
            Check(config, hello, turn.Notes);
            if (config.FailCertificateCallback || (FailsStaple(config) && hello.Extensions.Contains(StatusRequest)))
                decision.Fail(new InvalidOperationException("The callback fails, as the flags say."));
            else
                turn.Answer(() => decision.Complete(Choice()));
        });

        TlsServerChoice Choice() => config.FailEarlyCallback ? TlsServerChoice.Refuse(TlsAlert.HandshakeFailure)
            : config.FailDdosCallback ? TlsServerChoice.Refuse(TlsAlert.InternalError)
            : config.NoServerNameAck ? TlsServerChoice.Default
            : TlsServerChoice.Use(plain);
    }

    /// <summary>The limits of a connection.</summary>
    /// <remarks>The runner's long chains are long to be large; how many certificates there are is no limit of BoringSSL's.</remarks>
    public static TlsLimits LimitsOf(ShimConfig config) => TlsLimits.Default with
    {
        MaxHandshakeMessageSize = config.MaxCertificateList == 0 ? 128 * 1024 : Math.Max(1024, config.MaxCertificateList),
        MaxCertificateChainLength = 1000,
    };

    /// <summary>Names of authorities, in hexadecimal DER.</summary>
    public static IReadOnlyList<X500DistinguishedName> IssuersOf(string text) => text is "<NULL>" or "<EMPTY>" or ""
        ? []
        : [.. text.Split(',').Select(name => new X500DistinguishedName(Convert.FromHexString(name)))];

    /// <summary>
    /// Whether the server wants to serve nobody whom it cannot give a staple: in the engine, that is a matter of the choice by ClientHello.
    /// </summary>
    private static bool FailsStaple(ShimConfig config) => config is { UseOcspCallback: true, FailOcspCallback: true };

    private static bool NeedsChoice(ShimConfig config) =>
        FailsStaple(config) || config.UseEarlyCallback || config.FailEarlyCallback || config.FailDdosCallback
            || config.FailCertificateCallback
        || config.Expect.ServerName is not null || config.Expect.NoServerName || config.Expect.AdvertisedAlpn is not null
        || config.Expect.PeerVerifyPreferences.Count > 0 || config.NoServerNameAck;

    private static TlsServerOptions Make(
        ShimConfig config, Shared shared, IReadOnlyList<TlsCredential> credentials,
        Action<TlsClientHello, TlsDecision<TlsServerChoice>>? choose) => new()
        {
            Credential = null,
            Credentials = credentials,
            FindPsk = PreSharedKeys.Of(config) is { Count: > 0 } keys ? TlsPsk.Among([.. keys]) : null,
            Choose = choose,
            ClientCertificates = config.RequireClientCertificate ? ClientCertificateMode.Require
                : config.VerifyPeer ? ClientCertificateMode.Request
                : ClientCertificateMode.None,
            ClientVerification = shared.VerificationFor(config),
            AcceptableIssuers = config.ClientAuthorities is null ? [] : IssuersOf(config.ClientAuthorities),
            ApplicationProtocols = config.RejectAlpn ? [new SslApplicationProtocol("what nobody offers")]
                : config.SelectAlpn is null || config.DeclineAlpn ? []
                : [new SslApplicationProtocol(config.SelectAlpn)],
            EnabledProtocols = Policies.VersionsOf(config),
            Policy = Policies.PolicyOf(config),
            TicketKeys = config.NoTicket ? null : config.SkipTicket ? new SkippingRing(shared.Tickets) : shared.Tickets,
            SessionIds = shared.SessionIds,
            TimeProvider = shared.Time,
            TolerateTruncation = !config.CheckCloseNotify,
            AwaitCloseNotify = config.CheckCloseNotify,
            RecordSize = config.MaxSendFragment > 0 ? TlsRecordSize.Fixed(config.MaxSendFragment) : TlsRecordSize.Largest,
            Limits = LimitsOf(config),
        };

    private static void Check(ShimConfig config)
    {
        if (config.Credentials.Count == 0 && config.PreSharedKeys.Count == 0 && !config.Credential.IsGiven)
            throw new UnimplementedException("A server without a credential, and without a key that both know, is not there.");
        if (config.NoTicket && config.ResumeCount > 0 && !config.Expect.SessionMiss)
            throw new UnimplementedException("Without a ring for tickets no sessions are kept by id either.");
        if (config.DeclineOcspCallback || FailsStaple(config))
            config.Credential.OcspResponse = null;
    }

    private static void Check(ShimConfig config, TlsClientHello hello, Notes notes)
    {
        if (config.Expect.ServerName is { } name && hello.ServerName != name)
            notes.Mismatch = $"The client asks for the name '{hello.ServerName}' in place of '{name}'.";
        if (config.Expect.NoServerName && hello.ServerName is not null)
            notes.Mismatch = $"The client asks for the name '{hello.ServerName}'.";
        if (config.Expect.AdvertisedAlpn is { } wire && !hello.ApplicationProtocols.SequenceEqual(ClientSetup.Names(wire)))
            notes.Mismatch = "The client offers other application protocols than expected.";
        if (config.Expect.PeerVerifyPreferences is { Count: > 0 } wanted && !wanted.SequenceEqual(hello.SignatureSchemes))
            notes.Mismatch = "The client takes other signature schemes than expected.";
    }
}
