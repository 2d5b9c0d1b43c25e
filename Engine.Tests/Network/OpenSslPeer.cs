using System.Globalization;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>openssl s_client and s_server. No resumption file, no prompt; certificates are checked as strictly as openssl can.</summary>
internal static partial class OpenSslPeer
{
    /// <summary>Verifies our server for <see cref="TestCertificates.Host"/>, and fails the handshake when it does not like it.</summary>
    public static ExternalTool StartClient(OurServer server, params string[] arguments) => StartClient(server.Port, arguments);

    /// <inheritdoc cref="StartClient(OurServer, string[])"/>
    public static ExternalTool StartClient(int port, params string[] arguments) => ExternalTool.Start(
        "openssl",
        [
            "s_client", "-connect", $"127.0.0.1:{port}", "-servername", TestCertificates.Host,
            "-CAfile", PemFiles.Root, "-verify_return_error", "-verify_hostname", TestCertificates.Host, .. arguments,
        ]);

    /// <summary>Serves one connection on a port of its own choice, and ends with it.</summary>
    public static Task<(ExternalTool Tool, int Port)> StartServerAsync(TlsCredential credential, params string[] arguments) =>
        StartServerManyAsync(credential, ["-naccept", "1", .. arguments]);

    /// <summary>Serves one connection after the other on a port of its own choice, until it is stopped.</summary>
    public static async Task<(ExternalTool Tool, int Port)> StartServerManyAsync(TlsCredential credential, params string[] arguments)
    {
        var tool = ExternalTool.Start(
            "openssl", ["s_server", "-accept", "127.0.0.1:0", .. PemFiles.Of(credential).OpenSslArguments(), .. arguments]);
        try
        {
            return (tool, await PortOfAsync(tool));
        }
        catch
        {
            await tool.DisposeAsync();
            throw;
        }
    }

    /// <summary>The port on which a server of openssl listens, once it does.</summary>
    public static async Task<int> PortOfAsync(ExternalTool server)
    {
        var line = await server.WaitForAsync(AcceptLine());
        return int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    public static string Version(SslProtocols version) => version == Cases.Tls13 ? "-tls1_3" : "-tls1_2";

    /// <summary>How openssl prints an alert that it has received.</summary>
    public static string Alert(TlsAlert alert) => $"SSL alert number {(int)alert}\n";

    /// <summary>With -msg: a KeyUpdate of openssl's, on its way out.</summary>
    public const string KeyUpdateSent = ">>> TLS 1.3, Handshake [length 0005], KeyUpdate";

    /// <summary>With -msg: a KeyUpdate of ours.</summary>
    public const string KeyUpdateReceived = "<<< TLS 1.3, Handshake [length 0005], KeyUpdate";

    /// <summary>
    /// So many times that text. Its command letters count at the beginning of what openssl reads at once, so each needs its effect awaited
    /// before more is typed.
    /// </summary>
    public static Regex Times(int count, string text) => new($"(?s)(?:{Regex.Escape(text)}.*){{{count}}}");

    [GeneratedRegex(@"ACCEPT 127\.0\.0\.1:(\d+)\r?\n")]
    private static partial Regex AcceptLine();
}
