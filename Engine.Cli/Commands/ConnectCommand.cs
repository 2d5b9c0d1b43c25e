using System.CommandLine;
using TlsFsm.Abstractions;
using TlsFsm.Cli.Arguments;
using TlsFsm.Cli.Connecting;
using TlsFsm.Cli.Pem;

namespace TlsFsm.Cli.Commands;

/// <summary><c>tlsfsm connect</c>: a client on stdin and stdout, like <c>openssl s_client -quiet</c>.</summary>
internal static class ConnectCommand
{
    public const string Name = "connect";

    public static IReadOnlyList<string> Examples { get; } =
    [
        "printf 'GET / HTTP/1.0\\r\\nHost: example.org\\r\\n\\r\\n' | tlsfsm connect example.org:443",
        "tlsfsm connect localhost:8443 --cafile root.pem --trace",
        "tlsfsm connect [::1]:8443 --servername db.internal --cafile root.pem --cert client.pem --key client.key",
    ];

    public static Command Create(Terminal terminal)
    {
        var peer = new Argument<HostPort>("HOST:PORT")
        {
            Description = "Where to connect to; an IPv6 address in brackets: [::1]:443.",
            CustomParser = static result => HostPort.TryParse(result.Tokens[0].Value, out var value, out var error)
                ? value
                : CommonOptions.Error<HostPort>(result, error),
        };
        var serverName = new Option<string?>("--servername")
        {
            Description = "The name that the certificate must be for, and that is asked for (SNI). Default: HOST.",
            HelpName = "name",
        };
        var roots = new Option<string?>("--cafile")
        {
            Description = "PEM file with the roots to trust. Default: the system's.",
            HelpName = "file",
        };
        var insecure = new Option<bool>("--insecure") { Description = "Accept any certificate: no protection against anybody in the middle." };
        var alpn = CommonOptions.Alpn("Application protocols to offer, most wanted first: h2,http/1.1.");
        var certificate = CommonOptions.Certificate("PEM file with a client certificate, leaf first, intermediates after it.");
        var key = CommonOptions.Key();
        var tls = CommonOptions.Tls();
        var timeout = CommonOptions.Seconds("--timeout", DefaultTimeoutSeconds, "How long the TCP connect may take, and how long the handshake.");
        var tolerateTruncation = new Option<bool>("--tolerate-truncation")
        {
            Description = "Take an end of stream without close_notify for a regular end.",
        };
        var trace = CommonOptions.Trace();
        var command = new Command(Name, "Connect to a TLS server: stdin goes to the peer, what it sends goes to stdout, until it closes.")
        {
            peer, serverName, roots, insecure, alpn, certificate, key, tls, timeout, tolerateTruncation, trace,
        };
        command.Validators.Add(result =>
        {
            if ((result.GetResult(certificate) is null) != (result.GetResult(key) is null))
                result.AddError("--cert and --key belong together.");
            if (result.GetResult(insecure) is { Implicit: false } && result.GetResult(roots) is not null)
                result.AddError("--insecure accepts any certificate, so --cafile makes no sense with it.");
        });
        command.SetAction(async (result, cancellationToken) =>
        {
            var target = result.GetRequiredValue(peer);
            var options = new TlsClientOptions
            {
                TargetHost = result.GetValue(serverName) ?? target.Host,
                Verification = result.GetValue(insecure) ? CertificateVerification.DangerousAcceptAny
                    : result.GetValue(roots) is { } file ? CertificateVerification.TrustedRoots(PemFiles.LoadRoots(file))
                    : CertificateVerification.SystemTrust,
                ApplicationProtocols = result.GetRequiredValue(alpn),
                Credential = result.GetValue(certificate) is { } path ? PemFiles.LoadCredential(path, result.GetRequiredValue(key)!) : null,
                EnabledProtocols = result.Versions(tls),
                HandshakeTimeout = TimeSpan.FromSeconds(result.GetValue(timeout)),
                ShutdownTimeout = ShutdownTimeout,
                TolerateTruncation = result.GetValue(tolerateTruncation),
                DangerousKeyLog = KeyLogFile.FromEnvironment(terminal),
            };
            if (result.GetValue(insecure))
                terminal.Complain("warning: --insecure: the peer's certificate is not checked");

            return (int)await new ConnectRun(terminal, target, options, result.GetValue(trace)).RunAsync(cancellationToken);
        });
        return command;
    }

    private const double DefaultTimeoutSeconds = 30;

    // The user waits for it with a hand on Ctrl-C.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);
}
