using System.CommandLine;
using System.Net.Security;
using TlsFsm.Cli.Arguments;
using TlsFsm.Cli.Doctor;
using TlsFsm.Cli.Pem;
using TlsFsm.Cli.StartTls;

namespace TlsFsm.Cli.Commands;

/// <summary><c>tlsfsm doctor</c>: what a server accepts, and what is wrong with its certificate.</summary>
internal static class DoctorCommand
{
    public const string Name = "doctor";

    public static IReadOnlyList<string> Examples { get; } =
    [
        "tlsfsm doctor example.org:443",
        "tlsfsm doctor 127.0.0.1:8443 --servername localhost --cafile root.pem",
        "tlsfsm doctor mail.example.org:25 --starttls smtp",
        "tlsfsm doctor example.org:443 --json | jq '.certificates[].remarks'",
    ];

    public static Command Create(Terminal terminal)
    {
        var peer = CommonOptions.Peer("The server; an IPv6 address in brackets: [::1]:443.");
        var serverName = CommonOptions.ServerName();
        var roots = CommonOptions.Roots();
        var alpn = CommonOptions.Alpn("Application protocols to ask for. Default: h2,http/1.1.");
        var certificate = CommonOptions.Certificate("PEM file with a client certificate for servers that ask for one, leaf first.");
        var key = CommonOptions.Key();
        var password = CommonOptions.PasswordSource();
        var timeout = CommonOptions.Seconds("--timeout", DefaultTimeoutSeconds, "How long each TCP connect may take, and each handshake.");
        var startTls = CommonOptions.StartTls();
        var proxy = CommonOptions.Proxy();
        var report = CommonOptions.Report("Write the report as a page to this file too: it needs no network.");
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of the report." };
        var command = new Command(
            Name, $"Find out what a TLS server accepts, by at most {Prober.MaxConnections} connections one after the other, and what is "
                + "wrong with its certificate. "
            + "Ends with 4 if clients with the usual checks refuse the server.")
        {
            peer, serverName, roots, alpn, certificate, key, password, timeout, json, startTls, proxy, report,
        };
        command.Validators.Add(result => CommonOptions.CheckPair(result, certificate, key, password));
        command.SetAction(async (result, cancellationToken) =>
        {
            var target = result.GetRequiredValue(peer);
            var options = new DoctorOptions
            {
                ServerName = result.GetValue(serverName) ?? target.Host,
                Verification = result.GetValue(roots) is { } file
                    ? CertificateVerification.TrustedRoots(PemFiles.LoadRoots(file)) : CertificateVerification.SystemTrust,
                Way = new WayToPeer(target, result.GetValue(proxy), result.GetValue(startTls)),
                Timeout = TimeSpan.FromSeconds(result.GetValue(timeout)),
                ApplicationProtocols = result.GetRequiredValue(alpn) is { Count: > 0 } protocols
                    ? protocols : [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                Credential = result.GetValue(certificate) is { } path
                    ? PemFiles.LoadCredential(path, result.GetRequiredValue(key)!, Password.Read(result.GetValue(password))) : null,
            };
            return (int)await new DoctorRun(terminal, target, options, result.GetValue(json)) { Report = result.GetValue(report) }.RunAsync(
                cancellationToken);
        });
        return command;
    }

    private const double DefaultTimeoutSeconds = 10;
}
