using System.CommandLine;
using TlsFsm.Cli.Arguments;
using TlsFsm.Cli.Connecting;
using TlsFsm.Cli.Pem;
using TlsFsm.Cli.Rendering;
using TlsFsm.Cli.StartTls;

namespace TlsFsm.Cli.Commands;

/// <summary><c>tlsfsm connect</c>: a client on stdin and stdout, like <c>openssl s_client -quiet</c>.</summary>
internal static class ConnectCommand
{
    public const string Name = "connect";

    /// <summary>The same, with the machines drawn while it runs.</summary>
    public const string LiveName = "trace";

    public static IReadOnlyList<string> Examples { get; } =
    [
        "printf 'GET / HTTP/1.0\\r\\nHost: example.org\\r\\n\\r\\n' | tlsfsm connect example.org:443",
        "tlsfsm connect localhost:8443 --cafile root.pem --trace",
        "tlsfsm connect example.org:443 --brief --groups X25519 --tls 1.3 </dev/null",
        "tlsfsm connect mail.example.org:25 --starttls smtp --showcerts </dev/null",
        "tlsfsm connect example.org:443 --report life.html </dev/null",
        "tlsfsm connect example.org:443 --session example.session --brief </dev/null",
        "tlsfsm connect [::1]:8443 --servername db.internal --cafile root.pem --cert client.pem --key client.key",
    ];

    public static IReadOnlyList<string> LiveExamples { get; } =
    [
        "tlsfsm trace example.org:443 </dev/null",
        "tlsfsm trace localhost:8443 --cafile root.pem --report life.html",
    ];

    public static Command Create(Terminal terminal) => Create(
        terminal, Name, isLive: false,
        "Connect to a TLS server: stdin goes to the peer, its end closes our direction; what the peer sends goes to stdout, until it "
        + "closes too.");

    public static Command CreateLive(Terminal terminal) => Create(
        terminal, LiveName, isLive: true,
        "Connect as the command connect does, and draw on stderr the four machines of the connection while it runs: connect --live.");

    private static Command Create(Terminal terminal, string name, bool isLive, string description)
    {
        var peer = CommonOptions.Peer("Where to connect to; an IPv6 address in brackets: [::1]:443.");
        var serverName = CommonOptions.ServerName();
        var roots = CommonOptions.Roots();
        var insecure = new Option<bool>(
            "--insecure") { Description =
                "Go on with any certificate, and only warn of what is wrong with it: no protection against anybody in the middle." };
        var verifyReturn = new Option<bool>("--verify-return")
        {
            Description =
                "End with exit code 4 when the server's certificate does not verify, before anything is sent: the default, for scripts "
                + "that say so. The opposite of --insecure.",
        };
        var alpn = CommonOptions.Alpn("Application protocols to offer, most wanted first: h2,http/1.1.");
        var certificate = CommonOptions.Certificate("PEM file with a client certificate, leaf first, intermediates after it.");
        var key = CommonOptions.Key();
        var password = CommonOptions.PasswordSource();
        var tls = CommonOptions.Tls();
        var timeout = CommonOptions.Seconds(
            "--timeout", DefaultTimeoutSeconds, "How long the TCP connect may take, and how long the handshake.");
        var tolerateTruncation = new Option<bool>("--tolerate-truncation")
        {
            Description = "Take an end of stream without close_notify for a regular end.",
        };
        var trace = CommonOptions.Trace();
        var brief = CommonOptions.Brief();
        var messages = CommonOptions.Messages();
        var messageBytes = CommonOptions.MessageBytes();
        var startTls = CommonOptions.StartTls();
        var proxy = CommonOptions.Proxy();
        var report = CommonOptions.Report("Write a page about the connection's life to this file when it is over: it needs no network.");
        var showCertificates = new Option<bool>("--showcerts")
        {
            Description = "Print the certificates that the server has presented, as PEM, to stderr.",
        };
        var session = new Option<string?>("--session")
        {
            Description =
                "Resume the session in this file if it is there and fits, and keep there what the server gives for the next time. The file "
                + "is a secret: whoever has it can pretend to be either side of the resumed connection. It is made for you alone (mode 600).",
            HelpName = "file",
        };
        var live = new Option<bool>("--live") { Description = "Draw the machines on stderr while the connection runs, as trace does." };
        var command = new Command(name, description)
        {
            peer, serverName, roots, insecure, alpn, certificate, key, password, tls, timeout, tolerateTruncation, trace,
            verifyReturn, brief, messages, messageBytes, startTls, proxy, report, showCertificates, session,
        };
        if (!isLive)
            command.Options.Add(live);
        var policy = new PolicyOptions();
        policy.AddTo(command);
        var ocsp = new Option<bool>("--ocsp") { Description = "Require a good OCSP response stapled to the server's certificate." };
        command.Options.Add(ocsp);
        command.Validators.Add(result =>
        {
            CommonOptions.CheckPair(result, certificate, key, password);
            policy.Check(result, tls);
            if (result.IsGiven(session) && !result.Errors.Any() && result.GetValue(session) == result.GetValue(report))
                result.AddError("--session and --report are the same file: one would overwrite the other.");
            if (result.GetResult(session) is { Implicit: false } && policy.HasPsk(result))
                result.AddError("--psk keeps no session, so --session makes no sense with it.");
            foreach (var contrary in (Option[])[ocsp, roots, verifyReturn, session])
            {
                if (result.GetResult(insecure) is { Implicit: false } && result.GetResult(contrary) is { Implicit: false })
                    result.AddError($"--insecure accepts any certificate, so {contrary.Name} makes no sense with it.");
            }
        });
        command.SetAction(async (result, cancellationToken) =>
        {
            var target = result.GetRequiredValue(peer);
            var sessions = result.GetValue(session) is { } sessionPath ? SessionFile.Open(sessionPath, terminal) : null;
            var options = new TlsClientOptions
            {
                SessionCache = sessions,
                TargetHost = result.GetValue(serverName) ?? target.Host,
                Policy = policy.PolicyOf(result),
                Psks = policy.PskOf(result) is { } psk ? [psk] : [],
                Verification = result.GetValue(insecure) ? Warning(terminal)
                    : (result.GetValue(roots) is { } file
                        ? CertificateVerification.TrustedRoots(PemFiles.LoadRoots(file)) : CertificateVerification.SystemTrust) with
                    {
                        Staple = result.GetValue(ocsp) ? StapleMode.Require : StapleMode.Request,
                    },
                ApplicationProtocols = result.GetRequiredValue(alpn),
                Credential = result.GetValue(certificate) is { } path
                    ? PemFiles.LoadCredential(path, result.GetRequiredValue(key)!, Password.Read(result.GetValue(password))) : null,
                EnabledProtocols = result.Versions(tls),
                HandshakeTimeout = TimeSpan.FromSeconds(result.GetValue(timeout)),
                ShutdownTimeout = ShutdownTimeout,
                TolerateTruncation = result.GetValue(tolerateTruncation),

                // At the end of stdin: a TLS 1.2 peer closes at once then, and what it has sent before is still read.
                AllowHalfCloseOnTls12 = true,
                DangerousKeyLog = KeyLogFile.FromEnvironment(terminal),
                MessageObserver = result.GetValue(messages) || result.GetValue(messageBytes)
                    ? new MessageTrace(terminal.Error, result.GetValue(messageBytes)).Print
                    : null,
            };
            if (result.GetValue(insecure))
                terminal.Complain("warning: --insecure: any certificate of the peer is accepted");

            var run = new ConnectRun(terminal, new WayToPeer(target, result.GetValue(proxy), result.GetValue(startTls)), options)
            {
                IsTraced = result.GetValue(trace),
                IsBrief = result.GetValue(brief),
                ShowsCertificates = result.GetValue(showCertificates),
                Sessions = sessions,
                IsLive = isLive || result.GetValue(live),
                Report = result.GetValue(report),
            };
            return (int)await run.RunAsync(cancellationToken);
        });
        return command;
    }

    /// <summary>Checks as always, tells what was found, and goes on.</summary>
    private static CertificateVerification Warning(Terminal terminal) => CertificateVerification.SystemTrust with
    {
        Review = (review, decision) =>
        {
            if (review.Rejection is { } rejection)
                terminal.Complain($"warning: --insecure: {rejection.Message}");
            decision.Complete(null);
        },
    };

    private const double DefaultTimeoutSeconds = 30;

    // The user waits for it with a hand on Ctrl-C.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);
}
