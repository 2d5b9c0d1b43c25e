using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace TlsFsm.Core.BouncyCastle.Library;

/// <summary>Overwrites what BouncyCastle keeps of a connection's secrets for its whole life.</summary>
internal static class Secrets
{
    /// <param name="context">Null when the handshake was never begun.</param>
    public static void Destroy(TlsContext? context)
    {
        if (context?.SecurityParameters is not { } parameters)
            return;

        foreach (TlsSecret? secret in (TlsSecret?[])[parameters.TrafficSecretClient, parameters.TrafficSecretServer,
            parameters.ExporterMasterSecret, parameters.MasterSecret])
            secret?.Destroy();
    }
}
