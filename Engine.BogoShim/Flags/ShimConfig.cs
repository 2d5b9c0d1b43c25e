namespace TlsFsm.BogoShim.Flags;

/// <summary>What the flags say about one kind of connection: the first, or those that resume it.</summary>
internal sealed class ShimConfig
{
    // Where to.
    public int Port { get; set; }

    public bool IsIpv6 { get; set; }

    public ulong ShimId { get; set; }

    public int ResumeCount { get; set; }

    // Who we are.
    public bool IsServer { get; set; }

    public CredentialConfig Credential { get; } = new();

    public List<CredentialConfig> Credentials { get; } = [];

    public List<PskConfig> PreSharedKeys { get; } = [];

    /// <summary>The pre-shared key that the next flags describe.</summary>
    /// <exception cref="UnimplementedException">None was announced.</exception>
    public PskConfig CurrentPsk =>
        PreSharedKeys.Count > 0 ? PreSharedKeys[^1] : throw new UnimplementedException("No pre-shared key was announced.");

    /// <summary>The credential that the next flags describe: the last one that was announced, or the default one.</summary>
    public CredentialConfig CurrentCredential => Credentials.Count > 0 ? Credentials[^1] : Credential;

    // Versions and what may be negotiated.
    public int MinVersion { get; set; }

    public int MaxVersion { get; set; }

    public bool NoTls12 { get; set; }

    public bool NoTls13 { get; set; }

    public string? Cipher { get; set; }

    /// <summary>A whole policy; the flags for its parts do not come together with it.</summary>
    public TlsPolicy? Compliance { get; set; }

    public bool ServerPreference { get; set; }

    public List<int> Curves { get; } = [];

    public List<int>? KeyShares { get; set; }

    public List<int> VerifyPreferences { get; } = [];

    // Names.
    public string? HostName { get; set; }

    public string? AdvertiseAlpn { get; set; }

    public string? SelectAlpn { get; set; }

    public bool DeclineAlpn { get; set; }

    public bool RejectAlpn { get; set; }

    public bool NoServerNameAck { get; set; }

    // The peer's certificate.
    public string? TrustCertificate { get; set; }

    public bool VerifyPeer { get; set; }

    public bool RequireClientCertificate { get; set; }

    public bool VerifyFail { get; set; }

    public bool UseCustomVerifyCallback { get; set; }

    public bool ReverifyOnResume { get; set; }

    public string? ClientAuthorities { get; set; }

    public List<int> AcceptedPeerCertificateTypes { get; } = [];

    public List<int> AvailableClientCertificateTypes { get; } = [];

    public byte[]? PeerKeyHash { get; set; }

    public bool EnableOcspStapling { get; set; }

    public bool UseOcspCallback { get; set; }

    public bool FailOcspCallback { get; set; }

    public bool DeclineOcspCallback { get; set; }

    public bool SetOcspInCallback { get; set; }

    // Tickets.
    public bool NoTicket { get; set; }

    public bool SkipTicket { get; set; }

    public int ResumptionDelay { get; set; }

    // How the connection goes.
    public bool IsAsync { get; set; }

    public bool UseEarlyCallback { get; set; }

    public bool FailEarlyCallback { get; set; }

    public bool FailDdosCallback { get; set; }

    public bool FailCertificateCallback { get; set; }

    public bool HandshakeNeverDone { get; set; }

    public bool ShimWritesFirst { get; set; }

    public string ShimInitialWrite { get; set; } = "hello";

    public int RepeatShimInitialWrite { get; set; } = 1;

    public bool WriteDifferentRecordSizes { get; set; }

    public bool ShimShutsDown { get; set; }

    /// <summary>Ends the connection with an alert right after its handshake.</summary>
    public bool SendAlert { get; set; }

    public bool CheckCloseNotify { get; set; }

    public bool KeyUpdate { get; set; }

    public bool KeyUpdateBeforeRead { get; set; }

    public int MaxSendFragment { get; set; }

    public int MaxCertificateList { get; set; }

    public int ExportKeyingMaterial { get; set; }

    public string ExportLabel { get; set; } = "";

    public string ExportContext { get; set; } = "";

    public bool UseExportContext { get; set; }

    public bool ExportBetweenReads { get; set; }

    public bool ExportTrafficSecrets { get; set; }

    public bool TlsUnique { get; set; }

    // What must have come out.
    public Expectations Expect { get; } = new();
}
