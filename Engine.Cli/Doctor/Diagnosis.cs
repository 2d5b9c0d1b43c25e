namespace TlsFsm.Cli.Doctor;

/// <summary>All that was found out about a server.</summary>
internal sealed record Diagnosis
{
    /// <summary>As it was given: <c>example.org:443</c>.</summary>
    public required string Peer { get; init; }

    /// <summary>The name that the certificate must be for.</summary>
    public required string ServerName { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>How many connections were tried for it.</summary>
    public required int Connections { get; init; }

    /// <summary>Newest first.</summary>
    public required IReadOnlyList<VersionFinding> Versions { get; init; }

    /// <summary>Of the application protocols that were offered.</summary>
    public required AcceptedList ApplicationProtocols { get; init; }

    /// <summary>Whether a client that speaks no common application protocol is refused.</summary>
    public required Finding RefusesUnknownProtocols { get; init; }

    public required Finding OcspStapling { get; init; }

    public required Finding SecureRenegotiation { get; init; }

    public required Finding ExtendedMasterSecret { get; init; }

    /// <summary>Whether the server asks for a client certificate.</summary>
    public required Finding AsksForClientCertificate { get; init; }

    /// <summary>Whether a client that names nobody is served.</summary>
    public required Finding ServesWithoutName { get; init; }

    /// <summary>Whether a client that asks for a name which cannot exist is served.</summary>
    public required Finding ServesUnknownName { get; init; }

    /// <summary>One for each kind of key that the server has for the name.</summary>
    public required IReadOnlyList<CertificateFinding> Certificates { get; init; }

    /// <summary>About the server as a whole; those about certificates are with these.</summary>
    public required IReadOnlyList<Remark> Remarks { get; init; }

    /// <summary>What this tool cannot ask for.</summary>
    public required IReadOnlyList<string> NotTested { get; init; }

    /// <summary>Problems and warnings, all of them.</summary>
    public IEnumerable<Remark> AllRemarks => Certificates.SelectMany(certificate => certificate.Remarks).Concat(Remarks);

    /// <summary>In one letter, with reasons.</summary>
    public Grade Grade => Grade.Of(this);

    public bool HasProblem => AllRemarks.Any(remark => remark.IsProblem);
}
