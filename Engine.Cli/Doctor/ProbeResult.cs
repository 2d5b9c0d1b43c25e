namespace TlsFsm.Cli.Doctor;

/// <summary>How one connection went: accepted, refused, or neither can be told.</summary>
internal sealed record ProbeResult
{
    /// <summary>What was settled; null when the handshake failed.</summary>
    public TlsSessionInfo? Session { get; init; }

    /// <summary>What the server presented first; null when it presented nothing, or a session was resumed.</summary>
    public CertificateFinding? Certificate { get; init; }

    /// <summary>The curve of the certificate's key; null with another kind of key.</summary>
    public TlsNamedGroup? CertificateCurve { get; init; }

    /// <summary>What its stapled response says.</summary>
    public StapleStatus Staple { get; init; }

    /// <summary>Whether a stapled response came.</summary>
    public bool HasStaple { get; init; }

    /// <summary>Whether the server asked for a client certificate.</summary>
    public bool IsCertificateAskedFor { get; init; }

    /// <summary>The alert of the refusal, the server's or ours; null without one.</summary>
    public TlsAlert? Alert { get; init; }

    /// <summary>Why it failed, in words; null when it did not.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// Whether the server was reached and would not. False also when the network failed: that says nothing about the server.
    /// </summary>
    public bool IsRefused { get; init; }

    public bool IsAccepted => Session is not null;

    /// <summary>The answer to whether the server does what was asked of it.</summary>
    public Finding ToFinding() => new(IsAccepted ? Answer.Yes : IsRefused ? Answer.No : Answer.NotTested, Reason);
}
