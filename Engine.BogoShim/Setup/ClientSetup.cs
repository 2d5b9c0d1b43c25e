using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.BogoShim.Exchange;

namespace TlsFsm.BogoShim.Setup;

/// <summary>A client's options, from flags.</summary>
internal static class ClientSetup
{
    /// <summary>The options of one connection.</summary>
    /// <exception cref="UnimplementedException">The flags ask for what is not there.</exception>
    public static TlsClientOptions Of(Turn turn, Shared shared)
    {
        var config = turn.Config;
        if (config.Expect.PeerVerifyPreferences.Count > 0)
            throw new UnimplementedException("Of the server's schemes only those are reported that the policy has too.");

        var presented = Credentials.Of(turn);
        var isChoosing = config.FailCertificateCallback || config.Expect.ClientAuthorities is not null;
        var keys = PreSharedKeys.Of(config);

        // A client that has keys takes them only, unless it is told to look at certificates too. Imported keys are for TLS 1.3.
        var isByKeyAlone = keys.Count > 0 && !config.VerifyPeer;
        return new TlsClientOptions
        {
            // Sessions are kept by host. An address is no server name, so it is not sent.
            TargetHost = isByKeyAlone ? null : config.HostName ?? "127.0.0.1",
            Verification = isByKeyAlone ? CertificateVerification.SystemTrust : shared.VerificationFor(config),
            Psks = keys,
            ApplicationProtocols = config.AdvertiseAlpn is null ? [] : [.. Names(config.AdvertiseAlpn)],
            EnabledProtocols = isByKeyAlone ? SslProtocols.Tls13 : Policies.VersionsOf(config),
            Policy = Policies.PolicyOf(config),
            SessionCache = config.NoTicket ? null : shared.Sessions,
            DangerousKeyLog = config.ExportTrafficSecrets ? turn.Notes.KeepSecret : null,
            TimeProvider = shared.Time,

            // With several, each must lead to an authority that the server names, if it names any; one is presented whatever it names.
            Credential = presented.Count == 1 && !isChoosing ? presented[0] : null,
            Credentials = presented.Count > 1 && !isChoosing ? presented : [],
            OfferedCertificateTypes = Verifications.TypesOf(config.AvailableClientCertificateTypes),
            ChooseCredential = isChoosing ? shared.ChooseCredential : null,
            TolerateTruncation = !config.CheckCloseNotify,
            AwaitCloseNotify = config.CheckCloseNotify,
            RecordSize = config.MaxSendFragment > 0 ? TlsRecordSize.Fixed(config.MaxSendFragment) : TlsRecordSize.Largest,
            Limits = ServerSetup.LimitsOf(config),
        };
    }

    /// <summary>Answers a server's demand for a certificate, where the flags want something of it.</summary>
    public static void AnswerDemand(Turn turn, TlsCertificateDemand demand, TlsDecision<TlsCredential?> decision)
    {
        var config = turn.Config;
        if (config.Expect.ClientAuthorities is { } names
            && !demand.AcceptableIssuers.Select(Hex).SequenceEqual(ServerSetup.IssuersOf(names).Select(Hex)))
            turn.Notes.Mismatch = "The server names other authorities than expected.";

        if (config.FailCertificateCallback)
            decision.Fail(new InvalidOperationException("The certificate callback fails, as the flags say."));
        else
            turn.Answer(() => decision.Complete(turn.Notes.Credentials.Select(one => one.Credential).FirstOrDefault()));

        static string Hex(System.Security.Cryptography.X509Certificates.X500DistinguishedName name) => Convert.ToHexString(name.RawData);
    }

    /// <summary>Protocol names as they are on the wire: each behind its length.</summary>
    public static IEnumerable<SslApplicationProtocol> Names(string wire)
    {
        for (var at = 0; at < wire.Length; at += 1 + wire[at])
            yield return new SslApplicationProtocol(wire.Substring(at + 1, wire[at]));
    }
}
