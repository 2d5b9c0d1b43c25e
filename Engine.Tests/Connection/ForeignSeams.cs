using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Tests.Core;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>
/// Options with all that an application can give a connection to call. One of them, the seam, throws when it is called for the n-th time;
/// the others do what they should.
/// </summary>
/// <param name="seam">Its name.</param>
/// <param name="at">Which call throws, from 1 on.</param>
/// <param name="makeFailure">What it throws.</param>
internal sealed class ForeignSeams(string seam, int at, Func<Exception>? makeFailure = null) : IDisposable
{
    private readonly MemorySessionCache _sessions = new();
    private readonly MemoryTicketKeyRing _ring = new();
    private TlsClientOptions? _client;
    private TlsServerOptions? _server;

    /// <summary>Of a server and a client with certificates.</summary>
    public static readonly string[] OfCertificates =
    [
        "Client.ChooseCredential", "Client.Review", "Client.KeyLog", "Client.MessageObserver", "Client.Signer", "Client.Logger",
        "Client.TimeProvider", "Client.X25519", "Cache.Take", "Cache.Add", "Cache.Remove",
        "Server.Choose", "Server.Review", "Server.KeyLog", "Server.MessageObserver", "Server.Signer", "Server.Logger",
        "Server.TimeProvider", "Server.X25519", "Ring.Seal", "Ring.Open", "Staple",
    ];

    /// <summary>Of connections where somebody else judges, or builds chains.</summary>
    public static readonly string[] OfJudges = ["Client.Judge", "Server.Judge", "Server.Background"];

    /// <summary>Of a server that looks for keys.</summary>
    public static readonly string[] OfKeys = ["Server.FindPsk"];

    public static IEnumerable<string> All => [.. OfCertificates, .. OfJudges, .. OfKeys];

    /// <summary>How often the seam was called.</summary>
    public int Calls { get; private set; }

    public bool HasThrown => Calls >= at;

    /// <summary>The client's, the same for all connections: what judges is part of what a session is good for.</summary>
    public TlsClientOptions Client(SslProtocols version) => _client ??= new()
    {
        TargetHost = TestCertificates.Host,
        EnabledProtocols = version,
        Verification = OfJudges.Contains(seam)
            ? CertificateVerification.Custom(_ => Called<TlsAlert?>("Client.Judge", null))
            : TestCertificates.Verification with { Review = (review, decision) => Judge("Client.Review", review, decision) },
        ChooseCredential = OfKeys.Contains(seam) ? null : (_, decision) =>
        {
            Call("Client.ChooseCredential");
            decision.Complete(Signing("Client.Signer", TestCertificates.Client));
        },
        SessionCache = OfKeys.Contains(seam) ? null : new Cache(this),
        Psks = OfKeys.Contains(seam) ? [Key] : [],
        DangerousKeyLog = _ => Call("Client.KeyLog"),
        MessageObserver = _ => Call("Client.MessageObserver"),
        LoggerFactory = new Loggers(this, "Client.Logger"),
        TimeProvider = new Clock(this, "Client.TimeProvider"),
        X25519 = new X25519(this, "Client.X25519"),
    };

    public TlsServerOptions Server(SslProtocols version) => _server ??= new()
    {
        Credential = OfKeys.Contains(seam) ? null : Signing("Server.Signer", TestCertificates.Server) with
        {
            Staple = new OcspStaple(
                staple =>
                {
                    Call("Staple");
                    staple.Replace(TestStaples.For(TestCertificates.Server.Certificate));
                },
                TimeSpan.FromTicks(1)),
        },
        EnabledProtocols = version,
        ClientCertificates = OfKeys.Contains(seam) ? ClientCertificateMode.None : ClientCertificateMode.Request,
        ClientVerification = ServerVerification,
        TicketKeys = new Ring(this),
        FindPsk = OfKeys.Contains(seam) ? _ => Called("Server.FindPsk", Key) : null,
        DangerousKeyLog = _ => Call("Server.KeyLog"),
        MessageObserver = _ => Call("Server.MessageObserver"),
        LoggerFactory = new Loggers(this, "Server.Logger"),
        TimeProvider = new Clock(this, "Server.TimeProvider"),
        X25519 = new X25519(this, "Server.X25519"),
        Choose = (_, decision) => decision.Complete(Called("Server.Choose", TlsServerChoice.Default)),
    };

    public void Dispose() => _ring.Dispose();

    private static TlsPsk Key { get; } = new("me"u8, "0123456789abcdef0123456789abcdef"u8);

    private CertificateVerification ServerVerification => seam switch
    {
        "Server.Judge" => CertificateVerification.Custom(_ => Called<TlsAlert?>("Server.Judge", null)),
        "Server.Background" => CertificateVerification.ByPolicy(Policy) with
        {
            Background = work =>
            {
                Call("Server.Background");
                work();
            },
        },
        _ => TestCertificates.Verification with { Review = (review, decision) => Judge("Server.Review", review, decision) },
    };

    // It may read from the network, and needs not: the chain is there.
    private static X509ChainPolicy Policy => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { TestCertificates.Root },
        RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = false,
    };

    private void Judge(string which, CertificateReview review, TlsDecision<TlsAlert?> decision) =>
        decision.Complete(Called(which, review.Rejection?.Alert));

    private void Call(string which)
    {
        if (which == seam && ++Calls == at)
            throw makeFailure?.Invoke() ?? new ForeignException(which);
    }

    private T Called<T>(string which, T value)
    {
        Call(which);
        return value;
    }

    private TlsCredential Signing(string which, TlsCredential credential) => seam == which
        ? new TlsCredential(
            X509CertificateLoader.LoadCertificate(credential.Certificate.RawData), new Signer(this, which, credential),
            credential.Intermediates)
        : credential;

    private sealed class X25519(ForeignSeams owner, string name) : ITlsX25519
    {
        public void DerivePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
        {
            owner.Call(name);
            LibraryX25519.Instance.DerivePublicKey(privateKey, publicKey);
        }

        public void DeriveSecret(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerKey, Span<byte> secret)
        {
            owner.Call(name);
            LibraryX25519.Instance.DeriveSecret(privateKey, peerKey, secret);
        }
    }

    private sealed class Signer(ForeignSeams owner, string name, TlsCredential credential) : ITlsSigner
    {
        public void Sign(TlsSignatureScheme scheme, ReadOnlyMemory<byte> hash, TlsDecision<ReadOnlyMemory<byte>> decision)
        {
            owner.Call(name);
            new SlowSigner(credential) { IsQuick = true }.Sign(scheme, hash, decision);
        }
    }

    private sealed class Cache(ForeignSeams owner) : ITlsSessionCache
    {
        public void Add(TlsSavedSession session)
        {
            owner.Call("Cache.Add");
            owner._sessions.Add(session);
        }

        public TlsSavedSession? Take(string key, Guid? origin) => owner.Called("Cache.Take", owner._sessions.Take(key, origin));

        public void Remove(TlsSavedSession session)
        {
            owner.Call("Cache.Remove");
            owner._sessions.Remove(session);
        }
    }

    private sealed class Ring(ForeignSeams owner) : ITicketKeyRing
    {
        public byte[] Seal(ReadOnlySpan<byte> state)
        {
            owner.Call("Ring.Seal");
            return owner._ring.Seal(state);
        }

        public byte[]? Open(ReadOnlySpan<byte> ticket)
        {
            owner.Call("Ring.Open");
            return owner._ring.Open(ticket);
        }
    }

    private sealed class Clock(ForeignSeams owner, string name) : TimeProvider
    {
        public override long GetTimestamp() => owner.Called(name, System.GetTimestamp());

        public override DateTimeOffset GetUtcNow() => owner.Called(name, System.GetUtcNow());
    }

    private sealed class Loggers(ForeignSeams owner, string name) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => owner.Called(name, this);

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => owner.Called(name, true);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            owner.Call(name);

        public void Dispose()
        {
        }
    }
}

/// <summary>What code that is not ours throws.</summary>
internal sealed class ForeignException(string where) : IOException($"of {where}");
