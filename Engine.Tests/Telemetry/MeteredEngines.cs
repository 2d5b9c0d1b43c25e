using System.Security.Authentication;
using TlsFsm.Tests.Connection;

namespace TlsFsm.Tests.Telemetry;

/// <summary>A client and a server whose lives are measured on a meter of their own.</summary>
internal static class MeteredEngines
{
    public static TwoEngines Make(
        MeterLog meter, SslProtocols version = SslProtocols.Tls13, Func<TlsClientOptions, TlsClientOptions>? client = null,
        Func<TlsServerOptions, TlsServerOptions>? server = null)
    {
        var clientOptions = TwoEngines.ClientOptions(version) with { MeterFactory = meter };
        var serverOptions = TwoEngines.ServerOptions(version) with { MeterFactory = meter };
        return new TwoEngines(
            new TwoEngines.Setting(version, int.MaxValue), client?.Invoke(clientOptions) ?? clientOptions,
            server?.Invoke(serverOptions) ?? serverOptions);
    }

    /// <summary>To the end of a client's patience with KeyUpdates.</summary>
    public static void Flood(this TwoEngines pair)
    {
        pair.Connect();
        for (var i = 0; i < 3; i++)
            pair.Server.Connection.UpdateKeys(requestPeer: false);
        pair.Run();
    }

    /// <summary>From the handshake to the end in order.</summary>
    public static TwoEngines Live(this TwoEngines pair)
    {
        pair.Connect();
        pair.Client.Transport.Write("hello"u8);
        pair.Run();
        pair.Client.Transport.Close();
        pair.Run();
        return pair;
    }
}
