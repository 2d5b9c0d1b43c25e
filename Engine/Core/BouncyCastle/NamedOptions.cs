namespace TlsFsm.Core.BouncyCastle;

/// <summary>Judges a server's options with those of its names, before there is a connection.</summary>
internal static class NamedOptions
{
    /// <summary>Judges all of them as they are now; what is set later is judged with the first client that gets it.</summary>
    /// <exception cref="ArgumentException">One makes no sense; for those of a name the message says whose.</exception>
    public static void Check(TlsServerOptions options)
    {
        BouncyCastleCore.CreateServer(options).Dispose();
        foreach (var (name, chosen) in options.Names?.All ?? [])
        {
            try
            {
                BouncyCastleCore.CreateServer(chosen).Dispose();
            }
            catch (ArgumentException e)
            {
                throw new ArgumentException($"The options of the name '{name}' make no sense: {e.Message}", nameof(options), e);
            }
        }
    }
}
