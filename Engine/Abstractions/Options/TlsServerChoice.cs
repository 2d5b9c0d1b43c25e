namespace TlsFsm;

/// <summary>What a server makes of a ClientHello: serve it with these options, or refuse it.</summary>
public sealed class TlsServerChoice
{
    private TlsServerChoice(TlsServerOptions? options, TlsAlert? refusal)
    {
        Options = options;
        Refusal = refusal;
    }

    /// <summary>The options that the choice is a part of.</summary>
    public static TlsServerChoice Default { get; } = new(null, null);

    /// <summary>There is no such server here: alert unrecognized_name (RFC 6066 section 3).</summary>
    public static TlsServerChoice UnknownName { get; } = new(null, TlsAlert.UnrecognizedName);

    /// <summary>
    /// Other options: credential, application protocols, client certificates, policy, versions. Deadlines, marks, limits, log and message
    /// observer stay those of the connection.
    /// </summary>
    public static TlsServerChoice Use(TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new(options, null);
    }

    /// <summary>Refuses with an alert.</summary>
    public static TlsServerChoice Refuse(TlsAlert alert) => new(null, alert);

    /// <summary>The options; null for the default ones, and with a refusal.</summary>
    public TlsServerOptions? Options { get; }

    /// <summary>The alert; null to serve.</summary>
    internal TlsAlert? Refusal { get; }
}
