namespace TlsFsm.Core;

/// <summary>A core that knows the options it was made of, so that a connection with those of the other role is refused.</summary>
internal interface IMadeOfOptions
{
    /// <summary>A client's, or a server's.</summary>
    TlsConnectionOptions Options { get; }

    /// <summary>Refuses options of another role than the core's; a core that says nothing of itself is taken as it is.</summary>
    /// <exception cref="ArgumentException">They are of the other role, or null.</exception>
    static void CheckRole(ITlsCore core, TlsConnectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if ((core as IMadeOfOptions)?.Options is { } made
            && (made, options) is (TlsClientOptions, TlsServerOptions) or (TlsServerOptions, TlsClientOptions))
            throw new ArgumentException(
                $"The core was made of {made.GetType().Name}, and these are {options.GetType().Name}: one connection has one role.",
                nameof(options));
    }
}
