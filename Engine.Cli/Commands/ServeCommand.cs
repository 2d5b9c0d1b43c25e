using System.CommandLine;
using System.Net;
using System.Net.Security;
using TlsFsm.Cli.Arguments;
using TlsFsm.Cli.Failures;
using TlsFsm.Cli.Metrics;
using TlsFsm.Cli.Pem;
using TlsFsm.Cli.Serving;

namespace TlsFsm.Cli.Commands;

/// <summary><c>tlsfsm serve</c>: a server for trying clients out.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";

    public static IReadOnlyList<string> Examples { get; } =
    [
        "tlsfsm serve 8443 --cert server.pem --key server.key --www",
        "tlsfsm serve 0 --cert server.pem --key server.key --echo --once --trace",
        "tlsfsm serve 8443 --listen 0.0.0.0 --cert server.pem --key server.key --sink --client-ca root.pem",
        "tlsfsm serve 8443 --cert server.pem --key server.key --ocsp response.der --brief",
        "tlsfsm serve 8443 --cert server.pem --key server.key --metrics 9464 --log-format json",
        "tlsfsm serve 8443 --cert ecdsa.pem --key ecdsa.key --cert rsa.pem --key rsa.key --www",
    ];

    public static Command Create(Terminal terminal)
    {
        var port = new Argument<int>("PORT")
        {
            Description = "Port to listen on; 0 takes a free one, which the first line of output names.",
            CustomParser = static result => HostPort.TryParsePort(result.Tokens[0].Value, minimum: 0, out var number)
                ? number
                : CommonOptions.Error<int>(
                    result, $"'{result.Tokens[0].Value}': the port must be a number from 0 to {IPEndPoint.MaxPort}."),
        };
        var listen = new Option<IPAddress?>("--listen")
        {
            Description = "Address to listen on; 0.0.0.0 or :: for all. By default 127.0.0.1 and ::1: only this machine can connect.",
            HelpName = "address",
            CustomParser = static result => IPAddress.TryParse(result.Tokens[0].Value, out var address)
                ? address
                : CommonOptions.Error<IPAddress?>(result, $"--listen: '{result.Tokens[0].Value}' is not an IP address."),
        };
        var certificates = new Option<string[]>("--cert")
        {
            Description =
                "PEM file with the server's certificate, leaf first, intermediates after it. Given several times, each with its --key: "
                + "a client gets the first one that it can take.",
            HelpName = "file",
            Required = true,
        };
        var keys = new Option<string[]>("--key")
        {
            Description = "PEM file with the private key of --cert. The first --key is the first --cert's, and so on.",
            HelpName = "file",
            Required = true,
        };
        var passwordSource = CommonOptions.PasswordSource();
        var echo = new Option<bool>("--echo") { Description = "Give back every byte. The default." };
        var www = new Option<bool>("--www") { Description = "Answer one HTTP/1.x request with a status page, then close." };
        var sink = new Option<bool>("--sink") { Description = "Count the bytes and forget them." };
        var clientRoots = new Option<string?>("--client-ca")
        {
            Description = "Require a client certificate that chains to a root in this PEM file.",
            HelpName = "file",
        };
        var verifyReturn = new Option<bool>("--verify-return")
        {
            Description =
                "Demand a client certificate and refuse one that does not verify, by --client-ca, or without it by the system's roots. "
                + "With --client-ca that is so anyway.",
        };
        var ocsp = new Option<string?>("--ocsp")
        {
            Description = "DER file with an OCSP response to staple to the certificate of the first --cert; read again when it changes.",
            HelpName = "file",
        };
        var brief = CommonOptions.Brief();
        var messages = CommonOptions.Messages();
        var messageBytes = CommonOptions.MessageBytes();
        var alpn = CommonOptions.Alpn("Application protocols spoken, most wanted first; a client that offers none of them is refused.");
        var tls = CommonOptions.Tls();
        var once = new Option<bool>("--once") { Description = "Serve one connection and exit with its result." };
        var trace = CommonOptions.Trace();
        var request = new Option<bool>("--request-client-cert")
        {
            Description = "Ask for a client certificate and serve clients without one too; one that is given must verify.",
        };
        var metrics = new Option<int?>("--metrics")
        {
            Description =
                "Serve on this port of 127.0.0.1, in the clear: /metrics for Prometheus, and / with the connections as they are. 0 takes a "
                + "free one.",
            HelpName = "port",
            CustomParser = static result => HostPort.TryParsePort(result.Tokens[0].Value, minimum: 0, out var number)
                ? number
                : CommonOptions.Error<int?>(
                    result, $"--metrics: '{result.Tokens[0].Value}': the port must be a number from 0 to {IPEndPoint.MaxPort}."),
        };
        var report = CommonOptions.Report("Write a page about the connections to this file, again after each that has ended.");
        var logFormat = new Option<string>("--log-format")
        {
            Description = "How the line on each connection is written to stderr: text, or one JSON object a line.",
            HelpName = "text|json",
            DefaultValueFactory = static _ => "text",
            CustomParser = static result => result.Tokens[0].Value is "text" or "json"
                ? result.Tokens[0].Value
                : CommonOptions.Error<string>(result, $"--log-format: '{result.Tokens[0].Value}' is neither text nor json."),
        };
        var command = new Command(Name, "Serve TLS connections side by side, until Ctrl-C.")
        {
            port, certificates, keys, passwordSource, listen, echo, www, sink, clientRoots, alpn, tls, once, trace,
            verifyReturn, ocsp, brief, messages, messageBytes, request, metrics, report, logFormat,
        };
        var policy = new PolicyOptions();
        policy.AddTo(command);
        var sniCertificates = new Option<string[]>("--sni-cert")
        {
            Description = "Another certificate for clients that ask for this name; may be given several times, also for one name.",
            HelpName = "name=cert,key",
            DefaultValueFactory = static _ => [],
        };
        command.Options.Add(sniCertificates);
        command.Validators.Add(result =>
        {
            // The one that is missing altogether is complained of anyway.
            var (chains, secrets) = (result.GetResult(certificates)?.Tokens.Count ?? 0, result.GetResult(keys)?.Tokens.Count ?? 0);
            if (chains > 0 && secrets > 0 && chains != secrets)
                result.AddError($"{chains} times --cert and {secrets} times --key: each certificate needs its own key.");
            if (new[] { echo, www, sink }.Count(mode => result.GetResult(mode) is { Implicit: false }) > 1)
                result.AddError("--echo, --www and --sink exclude each other.");
            if (result.GetResult(request) is { Implicit: false } && result.GetResult(verifyReturn) is { Implicit: false })
                result.AddError("--request-client-cert serves clients without a certificate, --verify-return does not.");
            policy.Check(result, tls);
            if (!result.Errors.Any() && result.IsGiven(www) && result.GetValue(alpn) is { Count: > 0 } spoken && !spoken.Any(IsHttp1))
                result.AddError("--www answers in HTTP/1.x, and no protocol of --alpn is that: http/1.1 or http/1.0.");
        });
        command.SetAction(async (result, cancellationToken) =>
        {
            var clientRootsFile = result.GetValue(clientRoots);
            using var totals = result.GetValue(metrics) is null ? null : new MeterTotals();
            TlsServerOptions With(IReadOnlyList<TlsCredential> credentials, TlsServerNames? names) => new()
            {
                Credentials = credentials,
                Names = names,
                Policy = policy.PolicyOf(result),
                FindPsk = policy.PskOf(result) is { } psk ? TlsPsk.Among(psk) : null,
                ClientCertificates = result.GetValue(request) ? ClientCertificateMode.Request
                    : clientRootsFile is null && !result.GetValue(verifyReturn) ? ClientCertificateMode.None
                    : ClientCertificateMode.Require,
                ClientVerification = clientRootsFile is null
                    ? CertificateVerification.SystemTrust
                    : CertificateVerification.TrustedRoots(PemFiles.LoadRoots(clientRootsFile)),
                ApplicationProtocols = result.GetRequiredValue(alpn),
                EnabledProtocols = result.Versions(tls),
                ShutdownTimeout = ShutdownTimeout,
                DangerousKeyLog = KeyLogFile.FromEnvironment(terminal),
                MeterFactory = totals,
            };

            var password = Password.Read(result.GetValue(passwordSource));
            var staple = result.GetValue(ocsp) is { } stapleFile ? new StapleFile(stapleFile, terminal.Complain) : null;
            TlsServerOptions Load() => With(
                [
                    .. result.GetRequiredValue(certificates).Zip(result.GetRequiredValue(keys)).Select((files, index) =>
                        PemFiles.LoadCredential(files.First, files.Second, password, index == 0 ? staple?.Staple : null)),
                ],
                NamesOf(result.GetRequiredValue(sniCertificates), password, credentials => With(credentials, null)));

            var options = Load();
            var files = new WatchedFiles(
            [
                .. result.GetRequiredValue(certificates), .. result.GetRequiredValue(keys),
                .. clientRootsFile is { } roots ? [roots] : (string[])[],
                .. result.GetRequiredValue(sniCertificates).SelectMany(
                    one => one[(one.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(',')),
            ]);
            var mode = result.GetValue(www) ? ServeMode.Www : result.GetValue(sink) ? ServeMode.Sink : ServeMode.Echo;
            var run = new ServeRun(terminal, result.GetValue(listen), result.GetValue(port), options, mode)
            {
                IsOnce = result.GetValue(once),
                IsTraced = result.GetValue(trace),
                IsBrief = result.GetValue(brief),
                ShowsMessages = result.GetValue(messages),
                ShowsMessageBytes = result.GetValue(messageBytes),
                Staple = staple,
                Files = files,
                Reload = Load,
                Totals = totals,
                MetricsPort = result.GetValue(metrics),
                Report = result.GetValue(report),
                LogsJson = result.GetValue(logFormat) == "json",
            };
            return (int)await run.RunAsync(cancellationToken);
        });
        return command;
    }

    private static bool IsHttp1(SslApplicationProtocol protocol) =>
        protocol == SslApplicationProtocol.Http11 || protocol == new SslApplicationProtocol("http/1.0");

    /// <summary>The certificates of --sni-cert, by name; null without.</summary>
    private static TlsServerNames? NamesOf(string[] entries, string? password, Func<IReadOnlyList<TlsCredential>, TlsServerOptions> with)
    {
        if (entries.Length == 0)
            return null;

        var names = new TlsServerNames();
        var credentials = new Dictionary<string, List<TlsCredential>>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in entries)
        {
            if (entry.Split('=', 2) is not [var name, var files] || files.Split(',', 2) is not [var certificateFile, var keyFile])
                throw new CliException($"--sni-cert: '{entry}' is not NAME=CERT,KEY.", ExitCode.Usage);

            var ofName = credentials.TryGetValue(name, out var known) ? known : credentials[name] = [];
            ofName.Add(PemFiles.LoadCredential(certificateFile, keyFile, password));
            try
            {
                names.Set(name, with(ofName));
            }
            catch (ArgumentException exception)
            {
                throw new CliException($"--sni-cert: {Failure.Explain(exception)}", ExitCode.Usage, exception);
            }
        }

        return names;
    }

    // Long enough for a client on the other side of the world, short enough for Ctrl-C.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);
}
