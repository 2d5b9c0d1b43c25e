namespace TlsFsm.Cli.Doctor;

/// <summary>What a server does with one version.</summary>
internal sealed record VersionFinding
{
    /// <summary>As people write it: <c>TLS 1.3</c>.</summary>
    public required string Version { get; init; }

    public required Finding Accepted { get; init; }

    /// <summary>Null where the version is not accepted; so are the others.</summary>
    public AcceptedList? CipherSuites { get; init; }

    public AcceptedList? Groups { get; init; }

    /// <summary>Schemes that the server signs with.</summary>
    public AcceptedList? SignatureSchemes { get; init; }

    public Finding? Resumption { get; init; }
}
