namespace TlsFsm.Cli.Doctor;

/// <summary>A certificate that the server presented for the name.</summary>
internal sealed record CertificateFinding
{
    public required string Subject { get; init; }

    public required string Issuer { get; init; }

    /// <summary>Kind and size: <c>ECDSA P-256</c>.</summary>
    public required string Key { get; init; }

    /// <summary>The algorithm that the issuer signed it with.</summary>
    public required string Signature { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Names and addresses that it is for.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>SHA-256 of the whole certificate, in hexadecimal.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Subjects of what was sent with it, in the order in which they came.</summary>
    public required IReadOnlyList<string> SentWithIt { get; init; }

    /// <summary>From it to where its chain ends.</summary>
    public required IReadOnlyList<ChainLink> Chain { get; init; }

    public required IReadOnlyList<Remark> Remarks { get; init; }
}
