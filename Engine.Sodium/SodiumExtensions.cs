using Microsoft.Extensions.Logging;
using TlsFsm.Sodium;

namespace TlsFsm;

/// <summary>Lets connections agree on keys by libsodium.</summary>
/// <remarks>
/// It is asked for in code and not found by itself: which library computes with private keys is for a reviewer to read, and looking for
/// assemblies at run time is nothing that trimming and native compilation can follow.
/// </remarks>
public static partial class SodiumExtensions
{
    /// <summary>The same options with libsodium's X25519, alone and as half of X25519MLKEM768.</summary>
    /// <param name="options">A client's. Where libsodium cannot be loaded they stay as they are, and a warning goes to their log.</param>
    /// <returns>Options for as many connections as are wanted, on any thread.</returns>
    public static TlsClientOptions WithSodium(this TlsClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return IsThere(options, SodiumX25519.LoadFault) ? options with { X25519 = SodiumX25519.Instance } : options;
    }

    /// <summary>The same options with libsodium's X25519, alone and as half of X25519MLKEM768.</summary>
    /// <param name="options">A server's. Where libsodium cannot be loaded they stay as they are, and a warning goes to their log.</param>
    /// <returns>Options for as many connections as are wanted, on any thread.</returns>
    public static TlsServerOptions WithSodium(this TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return IsThere(options, SodiumX25519.LoadFault) ? options with { X25519 = SodiumX25519.Instance } : options;
    }

    internal static bool IsThere(TlsConnectionOptions options, Exception? fault)
    {
        if (fault is not null)
            LogMissing(options.LoggerFactory.CreateLogger("TlsFsm.Sodium"), fault);
        return fault is null;
    }

    [LoggerMessage(1, LogLevel.Warning, "libsodium cannot be loaded here: X25519 stays what it is without it, and costs more.")]
    private static partial void LogMissing(ILogger logger, Exception fault);
}
