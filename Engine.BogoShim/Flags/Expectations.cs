namespace TlsFsm.BogoShim.Flags;

/// <summary>What the runner wants to have come out of a handshake. Null, zero or false: it does not say.</summary>
internal sealed class Expectations
{
    public int Version { get; set; }

    public int Cipher { get; set; }

    public int CipherWithAes { get; set; }

    public int Curve { get; set; }

    public int PeerSignatureAlgorithm { get; set; }

    public string? Alpn { get; set; }

    public string? AdvertisedAlpn { get; set; }

    public string? ServerName { get; set; }

    public bool NoServerName { get; set; }

    public bool SessionMiss { get; set; }

    public bool NoSession { get; set; }

    public bool SessionId { get; set; }

    public bool NoSessionId { get; set; }

    public bool TicketRenewal { get; set; }

    public bool VerifyResult { get; set; }

    public string? PeerCertificateFile { get; set; }

    public bool NoPeerCertificate { get; set; }

    public int? PeerCertificateType { get; set; }

    public byte[]? OcspResponse { get; set; }

    public string? ClientAuthorities { get; set; }

    public int? SelectedCredential { get; set; }

    public bool HelloRetryRequest { get; set; }

    public bool NoHelloRetryRequest { get; set; }

    /// <summary>The messages of the connection, a line each.</summary>
    public string? Messages { get; set; }

    public List<int> PeerVerifyPreferences { get; } = [];
}
