using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Abstractions;
using TlsFsm.BogoShim.Exchange;
using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Setup;

/// <summary>A client's options, from flags.</summary>
internal static class ClientSetup
{
    /// <summary>The options of one connection.</summary>
    /// <exception cref="UnimplementedException">The flags ask for what is not there.</exception>
    public static TlsClientOptions Of(Turn turn, Shared shared)
    {
        var config = turn.Config;
        if (config.ResumeCount > 0 && Verifications.RawPublicKeysOf(config).Count > 0)
            throw new UnimplementedException("Sessions with bare keys are not kept: they would not say which key it was.");
        if (config.Expect.PeerVerifyPreferences.Count > 0)
            throw new UnimplementedException("Of the server's schemes only those are reported that the policy has too.");

        var isChoosing = config.FailCertificateCallback || config.Expect.ClientAuthorities is not null;
        var presented = isChoosing ? [] : Presented(turn);
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
            Credential = presented.Count == 1 && !config.Credentials.Any(one => one.MustMatchIssuer) ? presented[0] : null,
            Credentials = presented.Count > 1 || config.Credentials.Any(one => one.MustMatchIssuer) ? presented : [],
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
            turn.Answer(() => decision.Complete(Presented(turn).FirstOrDefault()));

        static string Hex(System.Security.Cryptography.X509Certificates.X500DistinguishedName name) => Convert.ToHexString(name.RawData);
    }

    /// <summary>Protocol names as they are on the wire: each behind its length.</summary>
    public static IEnumerable<SslApplicationProtocol> Names(string wire)
    {
        for (var at = 0; at < wire.Length; at += 1 + wire[at])
            yield return new SslApplicationProtocol(wire.Substring(at + 1, wire[at]));
    }

    private static List<TlsCredential> Presented(Turn turn)
    {
        var config = turn.Config;
        if (config.AvailableClientCertificateTypes is not [] and not [0])
            throw new UnimplementedException("The types of certificates follow from the credential, and cannot be named apart.");
        if (config.Credentials.Any(one => one.IsRawPublicKey))
            throw new UnimplementedException("A client's bare key is offered by the one credential that it has.");
        if (config.Credentials.Any(one => one.SigningPreferences.Count > 0))
            throw new UnimplementedException("Schemes belong to the policy, not to a credential.");

        var loaded = config.Credentials.Select((one, index) => Load(one, index)).ToList();
        if (config.Credential.IsGiven)
            loaded.Add(Load(config.Credential, -1));
        return loaded;

        // To see which one was used, and because the runner means it so when it says async, the key is elsewhere.
        TlsCredential Load(CredentialConfig one, int index) => config.IsAsync || config.Expect.SelectedCredential is not null
            ? Credentials.LoadElsewhere(one, turn, index)
            : Credentials.Load(one);
    }
}
