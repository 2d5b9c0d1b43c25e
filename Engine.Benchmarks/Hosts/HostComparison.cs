using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Hosts;

/// <summary>
/// Kestrel over our TLS and over .NET's, under the same load, in turns: what a request costs each of the server processes. Warmed up until
/// the run-time compiler rests; what it costs before is the first handshake of a process, measured apart.
/// </summary>
internal sealed class HostComparison(bool isQuick, Action<string> progress)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly int _rounds = isQuick ? 3 : 9;
    private readonly int _warmUps = isQuick ? 1 : 6;
    private readonly double _scale = isQuick ? 0.1 : 1;
    private readonly StringBuilder _table = new();

    /// <summary>The table, as Markdown.</summary>
    /// <exception cref="Win32Exception">There is no h2load.</exception>
    public string Run()
    {
        var upload = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(upload, new byte[1_000_000]);
            _table.AppendLine("| figure | ours | .NET's | .NET's over ours | plain HTTP |");
            _table.AppendLine("|---|---|---|---|---|");
            MeasureLoads(WebLoad.All(_scale, upload));
            MeasureFirstHandshake();
            return _table.ToString();
        }
        finally
        {
            File.Delete(upload);
        }
    }

    private void MeasureLoads(IReadOnlyList<WebLoad> loads)
    {
        string[] names = [WebServer.Ours, WebServer.Theirs, WebServer.Plain];
        var servers = names.Select(name => (Name: name, Server: Child.StartSelf("web-server", name))).ToList();
        try
        {
            var ports = servers.ToDictionary(
                one => one.Name, one => int.Parse(one.Server.Hear(Patience), CultureInfo.InvariantCulture));
            foreach (var load in loads)
            {
                progress(load.Title);
                var cpu = names.ToDictionary(name => name, _ => new List<double>());
                var garbage = names.ToDictionary(name => name, _ => new List<double>());
                for (var round = -_warmUps; round < _rounds; round++)
                {
                    // Nobody is always the first.
                    foreach (var (name, server) in servers.Skip(Math.Abs(round) % 3).Concat(servers.Take(Math.Abs(round) % 3)))
                    {
                        // Without TLS h2load speaks HTTP/2 only if it is told to, and then not in the way that Kestrel's port expects.
                        if (name == WebServer.Plain && !load.Arguments.Contains("--h1"))
                            continue;

                        var before = Ask(server);
                        Put(load, ports[name], name == WebServer.Plain ? "http" : "https");
                        var after = Ask(server);
                        if (round < 0)
                            continue;

                        cpu[name].Add((after.Cpu - before.Cpu) * 1000 / load.Requests);
                        garbage[name].Add((after.Allocated - before.Allocated) / load.Requests);
                    }
                }

                Row($"{load.Title}, CPU a request (us)", cpu, "0.0");
                if (load.Title is WebLoad.SmallHttp1 or WebLoad.LargeHttp1)
                    Row($"{load.Title}, garbage a request (B)", garbage, "0");
            }

            var resident = servers.ToDictionary(one => one.Name, one => new List<double> { Ask(one.Server).Resident / 1e6 });
            Row("Resident memory after that (MB)", resident, "0");
        }
        finally
        {
            foreach (var (_, server) in servers)
                server.Dispose();
        }
    }

    private void MeasureFirstHandshake()
    {
        progress("First handshake of a process");
        var times = new Dictionary<string, List<double>> { [WebServer.Ours] = [], [WebServer.Theirs] = [], [WebServer.Plain] = [] };
        for (var round = -1; round < Math.Max(3, _rounds / 2); round++)
        {
            foreach (var name in (string[])[WebServer.Ours, WebServer.Theirs])
            {
                using var server = Child.StartSelf("web-server", name);
                var port = int.Parse(server.Hear(Patience), CultureInfo.InvariantCulture);
                var clock = Stopwatch.StartNew();
                Handshake(port);

                // The first of all is our client's first too.
                if (round >= 0)
                    times[name].Add(clock.Elapsed.TotalMilliseconds);
            }
        }

        Row("First handshake of a process (ms)", times, "0");
    }

    private static void Handshake(int port)
    {
        using var client = new TcpClient("127.0.0.1", port);
        using var stream = new SslStream(client.GetStream());
        stream.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = BenchmarkCertificates.Host,

            // The server made its certificates itself, in another process.
            RemoteCertificateValidationCallback = static (_, certificate, _, _) =>
                certificate?.Subject == $"CN={BenchmarkCertificates.Host}",
        });
    }

    private static Usage Ask(Child server)
    {
        server.Tell("usage");
        return Usage.Parse(server.Hear(Patience));
    }

    private static void Put(WebLoad load, int port, string scheme)
    {
        var count = load.Requests.ToString(CultureInfo.InvariantCulture);
        using var h2load = Child.Start(
            "h2load", [.. load.Arguments, "-n", count, string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{port}{load.Path}")]);
        var said = h2load.HearAll(Patience);
        if (!said.Contains($"{count} succeeded", StringComparison.Ordinal))
            throw new WrongResultException($"{load.Title} over {scheme}: h2load says {said}");
    }

    private void Row(string title, Dictionary<string, List<double>> values, string format)
    {
        string Shown(string name) => values[name].Count == 0
            ? "-"
            : Statistics.Median(values[name]).ToString(format, CultureInfo.InvariantCulture);
        var pairs = values[WebServer.Ours].Zip(values[WebServer.Theirs], (ours, theirs) => theirs / ours);
        var ratio = Statistics.Median(pairs).ToString("0.00", CultureInfo.InvariantCulture);
        _table.AppendLine(
            CultureInfo.InvariantCulture, $"| {title} | {Shown(WebServer.Ours)} | {Shown(WebServer.Theirs)} | {ratio} | {Shown(WebServer.Plain)} |");
    }
}
