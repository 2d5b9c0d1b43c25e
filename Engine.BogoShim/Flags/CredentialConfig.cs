namespace TlsFsm.BogoShim.Flags;

/// <summary>One credential, as the flags describe it.</summary>
internal sealed class CredentialConfig
{
    /// <summary>Only a key, no certificate (RFC 7250).</summary>
    public bool IsRawPublicKey { get; init; }

    public string? CertificateFile { get; set; }

    public string? KeyFile { get; set; }

    public List<int> SigningPreferences { get; } = [];

    public byte[]? OcspResponse { get; set; }

    public bool MustMatchIssuer { get; set; }

    /// <summary>Whether there is anything to present.</summary>
    public bool IsGiven => KeyFile is not null;
}
