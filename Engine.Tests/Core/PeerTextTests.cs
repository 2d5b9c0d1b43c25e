using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using TlsFsm.Cli;
using TlsFsm.Cli.Rendering;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>
/// A peer's words in ours: through every field that it fills, nothing comes that acts on a terminal or a log, and nothing that is as
/// long as it likes.
/// </summary>
public sealed class PeerTextTests
{
    /// <summary>Escape and bell, a new line, a mark that turns the direction, one that cannot be seen, and a C1 control.</summary>
    private const string Evil = "\u001b]0;owned\u0007\r\nerror: all is well\u202egnp.exe\u200b\u2066\u0085\u009b31m";

    private static readonly string Long = new('x', 60_000);

    private static IEnumerable<Said> Words => [new("controls", Evil), new("long", Long), new("both", Evil + Long)];

    // With it in a chain a ticket still fits a message.
    private static IEnumerable<Said> ShortWords => [new("controls", Evil)];

    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void In_a_certificate_that_is_refused_by_either_side(
        [ValueSource(nameof(Words))] Said said, [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isServer)
    {
        var word = said.Text;
        using var certificate = Made(word);
        var credential = new TlsCredential(certificate) { DangerousPresentUnfit = true };
        using var pair = isServer
            ? new CorePair(
                Client(version, credential),
                new TlsServerOptions
                {
                    Credential = TestCertificates.Server, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
                    ClientVerification = TestCertificates.Verification, Limits = Roomy,
                })
            : new CorePair(Client(version), new TlsServerOptions { Credential = credential, EnabledProtocols = version });

        pair.Handshake();

        var fault = isServer ? pair.ServerFault : pair.ClientFault;
        Assert.That(fault, Is.InstanceOf<TlsCertificateException>());
        AssertHarmless(fault!.Message);
        AssertHarmless(((TlsCertificateException)fault).Detail ?? "");
    }

    [Test]
    public void In_what_a_callback_or_a_judge_answers_about_it([ValueSource(nameof(Words))] Said said)
    {
        var word = said.Text;
        using var certificate = Made(word);
        var trust = CertificateVerification.Custom(_ => throw new InvalidOperationException(word));
        using var pair = new CorePair(
            new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = trust, Limits = Roomy },
            new TlsServerOptions { Credential = new TlsCredential(certificate) { DangerousPresentUnfit = true } });

        pair.Handshake();

        Assert.That(pair.ClientFault!.Fault, Is.EqualTo(TlsFault.Application));
        AssertHarmless(pair.ClientFault.Message);
    }

    [Test]
    public void In_application_protocols_and_names_of_a_ClientHello_and_in_what_is_settled([Values(Evil, "\u202e")] string word)
    {
        var protocol = new SslApplicationProtocol(word);
        TlsClientHello? seen = null;
        using var pair = CorePair.Connected(
            new TlsClientOptions
            {
                TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, ApplicationProtocols = [protocol],
            },
            new TlsServerOptions
            {
                Credential = TestCertificates.Server, Choose = (hello, decision) =>
                {
                    seen = hello;
                    decision.Complete(TlsServerChoice.Use(
                        new TlsServerOptions { Credential = TestCertificates.Server, ApplicationProtocols = [protocol] }));
                },
            });

        AssertHarmless(seen!.ToString());
        AssertHarmless(pair.Server.Session!.ToString());
        AssertHarmless(Negotiated.Line(pair.Server.Session));
    }

    [Test]
    public void In_the_tool([ValueSource(nameof(Words))] Said said)
    {
        var word = said.Text;
        using var certificate = Made(word);
        var session = new TlsSessionInfo
        {
            Protocol = SslProtocols.Tls13, CipherSuite = TlsCipherSuite.TLS_AES_128_GCM_SHA256, ServerName = word,
            ApplicationProtocol = new SslApplicationProtocol(word[..Math.Min(word.Length, 80)]), PeerCertificates = [certificate],
        };
        var keyed = session with { PeerCertificates = [], PskIdentity = System.Text.Encoding.UTF8.GetBytes(word) };

        foreach (var (_, value) in Negotiated.Facts(session).Concat(Negotiated.Brief(session)).Concat(Negotiated.Brief(keyed)))
            AssertHarmless(value);
        AssertHarmless(Negotiated.Line(session));
        AssertHarmless(session.ToString());
        AssertHarmless(Terminal.Harmless(word), 4100);
        var errors = new StringWriter { NewLine = "" };
        new Terminal { Input = Stream.Null, Output = Stream.Null, Out = TextWriter.Null, Error = errors }.Complain(word);
        AssertHarmless(errors.ToString(), 4100);
    }

    [Test]
    public void In_the_log_when_a_client_is_not_trusted_any_more([ValueSource(nameof(ShortWords))] Said said)
    {
        var word = said.Text;
        using var certificate = Made(word);
        var log = new Lines();
        TlsAlert? verdict = null;
        var keys = new MemoryTicketKeyRing();
        var cache = new MemorySessionCache();
        CorePair Pair() => new(
            new TlsClientOptions
            {
                TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, SessionCache = cache,
                Credential = new TlsCredential(certificate) { DangerousPresentUnfit = true },
            },
            new TlsServerOptions
            {
                Credential = TestCertificates.Server, TicketKeys = keys, ClientCertificates = ClientCertificateMode.Require,
                ClientVerification = CertificateVerification.Custom(_ => verdict), LoggerFactory = log, Limits = Roomy,
            });
        using (var first = Pair())
        {
            first.Handshake();
            first.ToClient();
            if (first.Client.IsEstablished)
                CorePair.ReadAll(first.Client);
        }

        Assert.That(cache.Count, Is.Positive, "a ticket with the chain in it fits a message");
        verdict = TlsAlert.CertificateRevoked;
        using var second = Pair();
        second.Handshake();

        Assert.That(log.All, Is.Not.Empty);
        foreach (var line in log.All)
            AssertHarmless(line);
    }

    [Test]
    public void An_exception_is_made_of_what_can_be_shown([ValueSource(nameof(Words))] Said said) =>
        AssertHarmless(new TlsException(said.Text, CloseReason.Failed, TlsFault.PeerMisbehaved).Message);

    private static TlsLimits Roomy => new() { MaxHandshakeMessageSize = 256 * 1024 };

    private static TlsClientOptions Client(SslProtocols version, TlsCredential? credential = null) => new()
    {
        TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
        Credential = credential, Limits = Roomy,
    };

    /// <summary>Of its own, so that nobody trusts it; with the word in its subject, its issuer and its names.</summary>
    private static X509Certificate2 Made(string word)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(word);
        var request = new CertificateRequest(name.Build(), key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        var now = DateTimeOffset.UtcNow;
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    private static void AssertHarmless(string text, int longest = 2100)
    {
        Assert.That(text, Has.Length.LessThanOrEqualTo(longest));
        foreach (var rune in text.EnumerateRunes())
        {
            var category = System.Text.Rune.GetUnicodeCategory(rune);
            Assert.That(
                category is System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format, Is.False,
                $"U+{rune.Value:X4} in our text");
        }
    }

    private sealed class Lines : ILoggerFactory, ILogger
    {
        public List<string> All { get; } = [];

        public void AddProvider(ILoggerProvider provider) { }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add(formatter(state, exception));

        public void Dispose() { }
    }

    /// <summary>A text with a name that is short enough for a test's.</summary>
    public sealed record Said(string Name, string Text)
    {
        public override string ToString() => Name;
    }
}
