using TlsFsm.Abstractions.Words;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.Options;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>Judges options with all that they bring: what makes no sense is heard of before there is a connection.</summary>
internal static class CoreOptions
{
    /// <summary>Judges a client's.</summary>
    /// <returns>The name that the server is expected to have; null where none is.</returns>
    /// <exception cref="ArgumentException">They make no sense; the message says why.</exception>
    public static PeerName? Check(TlsClientOptions options)
    {
        var name = OptionRules.Check(options);
        PresentableCredential.CheckKeys(options.AllCredentials, nameof(options));
        return name;
    }

    /// <summary>Judges a server's, and those of its names: from now on what is set there is judged then.</summary>
    /// <exception cref="ArgumentException">They make no sense; the message says why, and whose they are.</exception>
    public static void Check(TlsServerOptions options)
    {
        CheckAlone(options);
        options.Names?.Judge(CheckChosen);
    }

    /// <summary>Judges what a server has chosen for a client: as any, and it may not choose again.</summary>
    /// <exception cref="ArgumentException">It makes no sense; the message says why.</exception>
    public static void CheckChosen(TlsServerOptions chosen)
    {
        if (ServerSelection.IsNeeded(chosen))
            throw new ArgumentException(
                $"The chosen options choose again ({nameof(chosen.Names)} or {nameof(chosen.Choose)}).", nameof(chosen));

        CheckAlone(chosen);
    }

    private static void CheckAlone(TlsServerOptions options)
    {
        OptionRules.Check(options);
        PresentableCredential.CheckKeys(options.AllCredentials, nameof(options));
    }
}
