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

    /// <summary>Of a round's CPU time, the run-time compiler's: less than this is rest.</summary>
    private const double Rest = 0.02;

    private readonly int _rounds = isQuick ? 3 : 9;
    private readonly int _mostWarmUps = isQuick ? 1 : 40;
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
            _table.AppendLine("| figure | ours | .NET's | .NET's over ours | without TLS |");
            _table.AppendLine("|---|---|---|---|---|");
            MeasureLoads(WebLoad.All(_scale, upload));
            MeasureFirstHandshake();
            new StreamComparison(isQuick, progress, Row).Run();
            return _table.ToString();
        }
        finally
        {
            File.Delete(upload);
        }
    }

    private void MeasureLoads(IReadOnlyList<WebLoad> loads)
    {
        string[] names = [WebServer.Ours, WebServer.OursSodium, WebServer.Theirs, WebServer.Plain];
        var servers = names.Select(name => (Name: name, Server: Child.StartSelf("web-server", name))).ToList();
        try
        {
            var ports = servers.ToDictionary(
                one => one.Name, one => int.Parse(one.Server.Hear(Patience), CultureInfo.InvariantCulture));
            foreach (var load in loads)
            {
                progress(load.Title);
                WarmUp(load, servers, ports);
                var cpu = names.ToDictionary(name => name, _ => new List<double>());
                for (var round = 0; round < _rounds; round++)
                {
                    // Nobody is always the first.
                    foreach (var (name, server) in servers.Skip(round % names.Length).Concat(servers.Take(round % names.Length)))
                    {
                        if (CanTake(name, load))
                            cpu[name].Add(Put(load, name, server, ports).Cpu * 1000 / load.Requests);
                    }
                }

                Row($"{load.Title}, CPU a request (us)", cpu, "0.0");
                if (load.IsOfHandshakes)
                    Row(
                        $"{load.Title}, with TlsFsm.Sodium, CPU a request (us)",
                        Of(cpu[WebServer.OursSodium], cpu[WebServer.Theirs]), "0.0");
            }

            foreach (var load in WebLoad.Garbage(_scale))
            {
                progress(load.Title);
                Row(
                    load.Title,
                    servers.ToDictionary(
                        one => one.Name,
                        one => new List<double> { Put(load, one.Name, one.Server, ports).Allocated / load.Requests }),
                    "0");
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

    /// <summary>Until each server's run-time compiler rests, or it takes too long.</summary>
    private void WarmUp(WebLoad load, List<(string Name, Child Server)> servers, Dictionary<string, int> ports)
    {
        foreach (var (name, server) in servers.Where(one => CanTake(one.Name, load)))
        {
            Usage used;
            var round = 0;
            do
                used = Put(load, name, server, ports);
            while (++round < _mostWarmUps && used.Compiling > Rest * used.Cpu);
        }
    }

    /// <summary>Without TLS h2load speaks HTTP/2 only if it is told to, and then not in the way that Kestrel's port expects.</summary>
    private static bool CanTake(string name, WebLoad load) => name switch
    {
        WebServer.Plain => load.Arguments.Contains("--h1"),
        WebServer.OursSodium => load.IsOfHandshakes,
        _ => true,
    };

    private void MeasureFirstHandshake()
    {
        progress("First handshake of a process");
        string[] names = [WebServer.Ours, WebServer.OursWarm, WebServer.Theirs];
        var first = names.ToDictionary(name => name, _ => new List<double>());
        var whole = names.ToDictionary(name => name, _ => new List<double>());
        for (var round = -1; round < Math.Max(3, _rounds / 2); round++)
        {
            foreach (var name in names)
            {
                var start = Stopwatch.StartNew();
                using var server = Child.StartSelf("web-server", name);
                var port = int.Parse(server.Hear(Patience), CultureInfo.InvariantCulture);
                var clock = Stopwatch.StartNew();
                Handshake(port);

                // The first of all is our client's first too.
                if (round < 0)
                    continue;

                first[name].Add(clock.Elapsed.TotalMilliseconds);
                whole[name].Add(start.Elapsed.TotalMilliseconds);
            }
        }

        RowOfBoth("First handshake of a process", first);
        RowOfBoth("From a process's start to its first handshake", whole);
    }

    private void RowOfBoth(string title, Dictionary<string, List<double>> times)
    {
        Row($"{title} (ms)", Of(times[WebServer.Ours], times[WebServer.Theirs]), "0");
        Row($"{title}, with AddTlsFsmWarmUp (ms)", Of(times[WebServer.OursWarm], times[WebServer.Theirs]), "0");
    }

    private static Dictionary<string, List<double>> Of(List<double> ours, List<double> theirs) => new()
    {
        [WebServer.Ours] = ours, [WebServer.Theirs] = theirs, [WebServer.Plain] = [],
    };

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

    /// <summary>What it has used for one turn.</summary>
    private static Usage Put(WebLoad load, string name, Child server, Dictionary<string, int> ports)
    {
        var before = Ask(server);
        Put(load, ports[name], name == WebServer.Plain ? "http" : "https");
        var after = Ask(server);
        return new Usage(
            after.Cpu - before.Cpu, after.Allocated - before.Allocated, after.Resident, after.Compiling - before.Compiling);
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
