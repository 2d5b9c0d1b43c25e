using System.Security.Authentication;

namespace TlsFsm.Connection.Telemetry;

/// <summary>Versions in the words of OpenTelemetry's <c>tls.protocol.version</c>.</summary>
internal static class Versions
{
    public static string Of(SslProtocols protocol) => protocol == SslProtocols.Tls13 ? "1.3" : "1.2";
}
