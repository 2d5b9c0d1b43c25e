using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>openssl s_time against openssl s_server over loopback TCP: handshakes for each second of CPU of both programs.</summary>
internal static partial class OpenSslHandshakes
{
    public static Result Measure(string figureId, TlsCredential credential, bool resumes, Effort effort)
    {
        var directory = Directory.CreateTempSubdirectory("tlsfsm-benchmarks-");
        try
        {
            var (chain, key, root) = BenchmarkCertificates.WritePem(credential, directory.FullName);
            var port = FreePort().ToString(CultureInfo.InvariantCulture);
            using var server = Child.Start(
                "openssl", "s_server", "-accept", $"127.0.0.1:{port}", "-cert", chain, "-cert_chain", chain, "-key", key,
                "-tls1_3", "-www");
            server.Hear(TimeSpan.FromSeconds(10));
            var rounds = new List<double>();
            for (var round = 0; round < (effort.IsShort ? 1 : 3); round++)
            {
                var before = server.CpuTime;

                // s_time counts its own user time only; the shell knows all of it.
                using var client = Child.Start(
                    "sh", "-c", $"openssl s_time -connect 127.0.0.1:{port} -CAfile '{root}' -verify 5 -time 1 "
                        + $"{(resumes ? "-reuse" : "-new")}; times");
                var text = client.HearAll(TimeSpan.FromSeconds(30));
                var connections = int.Parse(Connections().Match(text).Groups[1].Value, CultureInfo.InvariantCulture);
                var times = Times().Matches(text[text.LastIndexOf("bytes read", StringComparison.Ordinal)..]);
                var clientSeconds = times.Sum(
                    one => (60 * double.Parse(one.Groups[1].Value, CultureInfo.InvariantCulture))
                        + double.Parse(one.Groups[2].Value, CultureInfo.InvariantCulture));
                rounds.Add(connections / (clientSeconds + (server.CpuTime - before).TotalSeconds));
            }

            return new Result(figureId, ContenderNames.OpenSsl, rounds);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"(\d+) connections in \d+ real seconds")]
    private static partial Regex Connections();

    [GeneratedRegex(@"(\d+)m([\d.]+)s")]
    private static partial Regex Times();
}
