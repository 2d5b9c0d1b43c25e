using System.Globalization;
using TlsFsm.BogoShim.Setup;

namespace TlsFsm.BogoShim.Flags;

/// <summary>All flags that the shim knows. What is not here ends with <see cref="ExitCode.Unimplemented"/>.</summary>
internal static class FlagTable
{
    public static IReadOnlyDictionary<string, Flag> All { get; } = new Dictionary<string, Flag>
    {
        // Where to.
        ["-port"] = Int((config, value) => config.Port = value),
        ["-ipv6"] = On(config => config.IsIpv6 = true),
        ["-shim-id"] = Text((config, value) => config.ShimId = ulong.Parse(value, CultureInfo.InvariantCulture)),
        ["-resume-count"] = Int((config, value) => config.ResumeCount = value),

        // Who we are.
        ["-server"] = On(config => config.IsServer = true),
        ["-new-x509-credential"] = On(config => config.Credentials.Add(new CredentialConfig())),
        ["-new-rpk-credential"] = On(config => config.Credentials.Add(new CredentialConfig { IsRawPublicKey = true })),
        ["-new-psk-credential"] = On(config => config.PreSharedKeys.Add(new PskConfig(config.Credentials.Count))),
        ["-psk-importer-key"] = Bytes((config, value) => config.CurrentPsk.Key = value),
        ["-psk-importer-identity"] = Bytes((config, value) => config.CurrentPsk.Identity = value),
        ["-psk-importer-context"] = Bytes((config, value) => config.CurrentPsk.Context = value),
        ["-psk-importer-sha256"] = On(config => config.CurrentPsk.IsSha384 = false),
        ["-psk-importer-sha384"] = On(config => config.CurrentPsk.IsSha384 = true),
        ["-cert-file"] = Text((config, value) => config.CurrentCredential.CertificateFile = value),
        ["-key-file"] = Text((config, value) => config.CurrentCredential.KeyFile = value),
        ["-signing-prefs"] = Int((config, value) => config.CurrentCredential.SigningPreferences.Add(value)),
        ["-ocsp-response"] = Bytes((config, value) => config.CurrentCredential.OcspResponse = value),
        ["-must-match-issuer"] = On(config => config.CurrentCredential.MustMatchIssuer = true),

        // What may be negotiated. Versions before 1.2 are never there, so to switch them off is done already.
        ["-min-version"] = Int((config, value) => config.MinVersion = value),
        ["-max-version"] = Int((config, value) => config.MaxVersion = value),
        ["-no-tls1"] = On(_ => { }),
        ["-no-tls11"] = On(_ => { }),
        ["-no-tls12"] = On(config => config.NoTls12 = true),
        ["-no-tls13"] = On(config => config.NoTls13 = true),
        ["-cipher"] = Text((config, value) => config.Cipher = value),
        ["-fips-202205"] = On(config => config.Compliance = CompliancePolicies.Fips202205),
        ["-wpa-202304"] = On(config => config.Compliance = CompliancePolicies.Wpa202304),
        ["-cnsa-202407"] = On(config => config.Compliance = CompliancePolicies.Cnsa202407),
        ["-cnsa1-202603"] = On(config => config.Compliance = CompliancePolicies.Cnsa1),
        ["-cnsa2-202603"] = On(config => config.Compliance = CompliancePolicies.Cnsa2),
        ["-server-preference"] = On(config => config.ServerPreference = true),
        ["-curves"] = Int((config, value) => config.Curves.Add(value)),
        ["-key-shares"] = Int((config, value) => (config.KeyShares ??= []).Add(value)),
        ["-no-key-shares"] = On(config => config.KeyShares = []),
        ["-verify-prefs"] = Int((config, value) => config.VerifyPreferences.Add(value)),

        // Names.
        ["-host-name"] = Text((config, value) => config.HostName = value),
        ["-advertise-alpn"] = Text((config, value) => config.AdvertiseAlpn = value),
        ["-select-alpn"] = Text((config, value) => config.SelectAlpn = value),
        ["-decline-alpn"] = On(config => config.DeclineAlpn = true),
        ["-reject-alpn"] = On(config => config.RejectAlpn = true),
        ["-no-server-name-ack"] = On(config => config.NoServerNameAck = true),

        // The peer's certificate.
        ["-trust-cert"] = Text((config, value) => config.TrustCertificate = value),
        ["-verify-peer"] = On(config => config.VerifyPeer = true),
        ["-require-any-client-certificate"] = On(config => config.RequireClientCertificate = true),
        ["-verify-fail"] = On(config => config.VerifyFail = true),
        ["-use-custom-verify-callback"] = On(config => config.UseCustomVerifyCallback = true),
        ["-use-client-ca-list"] = Text((config, value) => config.ClientAuthorities = value),
        ["-reverify-on-resume"] = On(config => config.ReverifyOnResume = true),
        ["-accepted-peer-cert-types"] = Int((config, value) => config.AcceptedPeerCertificateTypes.Add(value)),
        ["-available-client-cert-types"] = Int((config, value) => config.AvailableClientCertificateTypes.Add(value)),
        ["-expect-peer-rpk-sha256"] = Bytes((config, value) => config.PeerKeyHash = value),
        ["-enable-ocsp-stapling"] = On(config => config.EnableOcspStapling = true),
        ["-use-ocsp-callback"] = On(config => config.UseOcspCallback = true),
        ["-fail-ocsp-callback"] = On(config => config.FailOcspCallback = true),
        ["-decline-ocsp-callback"] = On(config => config.DeclineOcspCallback = true),
        ["-set-ocsp-in-callback"] = On(config => config.SetOcspInCallback = true),

        // Tickets. The callbacks are BoringSSL's ways to seal tickets oneself, which ours always does; on TLS 1.3 it gives new ones each
        // time.
        ["-no-ticket"] = On(config => config.NoTicket = true),
        ["-use-ticket-callback"] = On(_ => { }),
        ["-use-ticket-aead-callback"] = On(_ => { }),
        ["-renew-ticket"] = On(_ => { }),
        ["-skip-ticket"] = On(config => config.SkipTicket = true),
        ["-resumption-delay"] = Int((config, value) => config.ResumptionDelay = value),

        // How the connection goes. The engine's handshake is always the implicit one; it renegotiates with nobody, and wants to know that
        // of every server.
        ["-async"] = On(config => config.IsAsync = true),
        ["-implicit-handshake"] = On(_ => { }),
        ["-handshake-twice"] = On(_ => { }),
        ["-no-op-extra-handshake"] = On(_ => { }),
        ["-use-early-callback"] = On(config => config.UseEarlyCallback = true),
        ["-fail-early-callback"] = On(config => config.FailEarlyCallback = true),
        ["-install-ddos-callback"] = On(config => config.UseEarlyCallback = true),
        ["-fail-ddos-callback"] = On(config => config.FailDdosCallback = true),
        ["-fail-cert-callback"] = On(config => config.FailCertificateCallback = true),
        ["-renegotiate-ignore"] = On(_ => { }),
        ["-no-legacy-server-connect"] = On(_ => { }),
        ["-use-old-client-cert-callback"] = On(_ => { }),
        ["-handshake-never-done"] = On(config => config.HandshakeNeverDone = true),
        ["-shim-writes-first"] = On(config => config.ShimWritesFirst = true),
        ["-shim-initial-write"] = Text((config, value) => config.ShimInitialWrite = value),
        ["-repeat-shim-initial-write"] = Int((config, value) => config.RepeatShimInitialWrite = value),
        ["-write-different-record-sizes"] = On(config => config.WriteDifferentRecordSizes = true),
        ["-shim-shuts-down"] = On(config => config.ShimShutsDown = true),
        ["-send-alert"] = On(config => config.SendAlert = true),
        ["-check-close-notify"] = On(config => config.CheckCloseNotify = true),
        ["-key-update"] = On(config => config.KeyUpdate = true),
        ["-key-update-before-read"] = On(config => config.KeyUpdateBeforeRead = true),
        ["-max-send-fragment"] = Int((config, value) => config.MaxSendFragment = value),
        ["-max-cert-list"] = Int((config, value) => config.MaxCertificateList = value),
        ["-read-size"] = Int((_, _) => { }),
        ["-partial-write"] = On(_ => { }),
        ["-export-keying-material"] = Int((config, value) => config.ExportKeyingMaterial = value),
        ["-export-label"] = Text((config, value) => config.ExportLabel = value),
        ["-export-context"] = Text((config, value) => config.ExportContext = value),
        ["-use-export-context"] = On(config => config.UseExportContext = true),
        ["-use-exporter-between-reads"] = On(config => config.ExportBetweenReads = true),
        ["-export-traffic-secrets"] = On(config => config.ExportTrafficSecrets = true),
        ["-tls-unique"] = On(config => config.TlsUnique = true),

        // What must have come out. Extended master secret and secure renegotiation are never missing: there is no handshake without.
        ["-expect-version"] = Int((config, value) => config.Expect.Version = value),
        ["-expect-cipher"] = Int((config, value) => config.Expect.Cipher = value),
        ["-expect-cipher-aes"] = Int((config, value) => config.Expect.CipherWithAes = value),
        ["-expect-cipher-no-aes"] = Int((_, _) => { }),
        ["-expect-curve-id"] = Int((config, value) => config.Expect.Curve = value),
        ["-expect-peer-signature-algorithm"] = Int((config, value) => config.Expect.PeerSignatureAlgorithm = value),
        ["-expect-alpn"] = Text((config, value) => config.Expect.Alpn = value),
        ["-expect-advertised-alpn"] = Text((config, value) => config.Expect.AdvertisedAlpn = value),
        ["-expect-server-name"] = Text((config, value) => config.Expect.ServerName = value),
        ["-expect-no-server-name"] = On(config => config.Expect.NoServerName = true),
        ["-expect-session-miss"] = On(config => config.Expect.SessionMiss = true),
        ["-expect-no-session"] = On(config => config.Expect.NoSession = true),
        ["-expect-session-id"] = On(config => config.Expect.SessionId = true),
        ["-expect-no-session-id"] = On(config => config.Expect.NoSessionId = true),
        ["-expect-ticket-renewal"] = On(config => config.Expect.TicketRenewal = true),
        ["-expect-extended-master-secret"] = On(_ => { }),
        ["-expect-secure-renegotiation"] = On(_ => { }),
        ["-expect-total-renegotiations"] = Int((_, value) => Only(0, value)),
        ["-expect-verify-result"] = On(config => config.Expect.VerifyResult = true),
        ["-expect-peer-cert-file"] = Text((config, value) => config.Expect.PeerCertificateFile = value),
        ["-expect-no-peer-cert"] = On(config => config.Expect.NoPeerCertificate = true),
        ["-expect-peer-certificate-type"] = Int((config, value) => config.Expect.PeerCertificateType = value),
        ["-expect-ocsp-response"] = Bytes((config, value) => config.Expect.OcspResponse = value),
        ["-expect-client-ca-list"] = Text((config, value) => config.Expect.ClientAuthorities = value),
        ["-expect-selected-credential"] = Int((config, value) => config.Expect.SelectedCredential = value),
        ["-expect-hrr"] = On(config => config.Expect.HelloRetryRequest = true),
        ["-expect-no-hrr"] = On(config => config.Expect.NoHelloRetryRequest = true),
        ["-expect-msg-callback"] = Text((config, value) => config.Expect.Messages = value),
        ["-expect-peer-verify-pref"] = Int((config, value) => config.Expect.PeerVerifyPreferences.Add(value)),
    };

    private static void Only(int known, int value)
    {
        if (value != known)
            throw new UnimplementedException($"There are only ever {known}, not {value}.");
    }

    private static Flag On(Action<ShimConfig> apply) => new(false, (config, _) => apply(config));

    private static Flag Text(Action<ShimConfig, string> apply) => new(true, apply);

    private static Flag Int(Action<ShimConfig, int> apply) =>
        new(true, (config, value) => apply(config, int.Parse(value, CultureInfo.InvariantCulture)));

    private static Flag Bytes(Action<ShimConfig, byte[]> apply) =>
        new(true, (config, value) => apply(config, Convert.FromBase64String(value)));
}
