using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions;
using TlsFsm.BogoShim.Exchange;
using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Setup;

/// <summary>A client's options, from flags.</summary>
internal static class ClientSetup
{
    /// <summary>The options of one connection.</summary>
    /// <exception cref="UnimplementedException">The flags ask for what is not there.</exception>
    public static TlsClientOptions Of(ShimConfig config, Shared shared, Notes notes, ShimLoop loop)
    {
        var presented = Presented(config, notes, loop);
        return new TlsClientOptions
        {
            // Sessions are kept by host. An address is no server name, so it is not sent.
            TargetHost = config.HostName ?? "127.0.0.1",
            Verification = Verifications.Of(config, notes, loop),
            ApplicationProtocols = config.AdvertiseAlpn is null ? [] : [.. Names(config.AdvertiseAlpn)],
            EnabledProtocols = Policies.VersionsOf(config),
            Policy = Policies.PolicyOf(config),
            SessionCache = shared.Sessions,
            TimeProvider = shared.Time,
            ChooseCredential = presented.Count == 0 && !config.FailCertificateCallback ? null : (demand, decision) =>
            {
                Check(config, demand, notes);
                if (config.FailCertificateCallback)
                    decision.Fail(new InvalidOperationException("The certificate callback fails, as the flags say."));
                else if (config.IsAsync)
                    loop.CallMuchLater(() => decision.Complete(Choose(config, presented, demand)));
                else
                    decision.Complete(Choose(config, presented, demand));
            },
            TolerateTruncation = !config.CheckCloseNotify,
            AwaitCloseNotify = config.CheckCloseNotify,
            RecordSize = config.MaxSendFragment > 0 ? TlsRecordSize.Fixed(config.MaxSendFragment) : TlsRecordSize.Largest,
            Limits = ServerSetup.LimitsOf(config),
        };
    }

    /// <summary>Protocol names as they are on the wire: each behind its length.</summary>
    public static IEnumerable<SslApplicationProtocol> Names(string wire)
    {
        for (var at = 0; at < wire.Length; at += 1 + wire[at])
            yield return new SslApplicationProtocol(wire.Substring(at + 1, wire[at]));
    }

    private static List<TlsCredential> Presented(ShimConfig config, Notes notes, ShimLoop loop)
    {
        if (config.AvailableClientCertificateTypes.Count > 0)
            throw new UnimplementedException("The types of certificates follow from the credential, and cannot be named apart.");
        if (config.Credentials.Any(one => one.IsRawPublicKey))
            throw new UnimplementedException("A client's bare key is offered by the one credential that it has.");

        var all = config.Credential.IsGiven ? config.Credentials.Prepend(config.Credential).ToList() : config.Credentials;
        return [.. all.Select((one, index) => Load(one, index - (config.Credential.IsGiven ? 1 : 0)))];

        // To see which one was used, and because the runner means it so when it says async, the key is elsewhere.
        TlsCredential Load(CredentialConfig one, int index) => config.IsAsync || config.Expect.SelectedCredential is not null
            ? Credentials.Load(one, new ElsewhereSigner(
                Credentials.LoadKey(File.ReadAllText(one.KeyFile!)), config.IsAsync ? loop.CallMuchLater : null, () => notes.SelectedCredential = index))
            : Credentials.Load(one);
    }

    private static TlsCredential? Choose(ShimConfig config, List<TlsCredential> presented, TlsCertificateDemand demand)
    {
        var given = config.Credential.IsGiven ? config.Credentials.Prepend(config.Credential).ToList() : config.Credentials;
        for (var i = 0; i < presented.Count; i++)
        {
            if (!given[i].MustMatchIssuer || demand.IsAcceptable(presented[i]))
                return presented[i];
        }

        return null;
    }

    private static void Check(ShimConfig config, TlsCertificateDemand demand, Notes notes)
    {
        var wanted = config.Expect.PeerVerifyPreferences;
        if (wanted.Count > 0 && !wanted.SequenceEqual(demand.SignatureSchemes.Select(scheme => (int)scheme)))
            notes.Mismatch = "The server takes other signature schemes than expected.";
        if (config.Expect.ClientAuthorities is { } names && !demand.AcceptableIssuers.Select(name => name.RawData).SequenceEqual(
            ServerSetup.IssuersOf(names).Select(name => name.RawData), EqualityComparer<byte[]>.Create((one, other) => one.AsSpan().SequenceEqual(other))))
            notes.Mismatch = "The server names other authorities than expected.";
    }
}
