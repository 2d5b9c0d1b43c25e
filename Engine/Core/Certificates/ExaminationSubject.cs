using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Certificates;

/// <summary>What is examined, and against what.</summary>
internal sealed class ExaminationSubject
{
    /// <summary>What the peer presented, leaf first; at least one.</summary>
    public required IReadOnlyList<X509Certificate2> Presented { get; init; }

    public required CertificateVerification Verification { get; init; }

    /// <summary>When it is judged: by the caller's own policy if that says, else by the clock of the connection.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The name that a server's certificate must be for; null without one, and for a client's certificate.</summary>
    public PeerName? Name { get; init; }

    /// <summary>That name as the caller wrote it.</summary>
    public string? TargetHost { get; init; }

    /// <summary>Whether we are the server, judging a client.</summary>
    public bool IsServer { get; init; }

    /// <summary>How it is refused, if it is.</summary>
    public Refusal Refusal => new(IsServer, Name?.Host);

    /// <summary>Whether it was presented in an earlier handshake, whose session is being resumed.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Says how strong keys and signatures must be.</summary>
    public required TlsPolicy Policy { get; init; }

    /// <summary>The stapled OCSP response; empty without one.</summary>
    public ReadOnlyMemory<byte> Staple { get; init; }

    /// <summary>Verifies the stapled response, given certificate and issuer.</summary>
    public Func<X509Certificate2, X509Certificate2, StapleStatus> CheckStaple { get; init; } = static (_, _) => StapleStatus.Invalid;

    /// <summary>
    /// Whether the certificate policies along a path, from leaf to anchor, fit together; asked where a certificate constrains them.
    /// </summary>
    public Func<IReadOnlyList<X509Certificate2>, DateTimeOffset, bool> CheckPolicies { get; init; } = static (_, _) => false;

    /// <summary>What is known of the chain already; null for nothing, now and later.</summary>
    public ChainRecall? Recall { get; init; }

    public X509Certificate2 Leaf => Presented[0];

    /// <summary>A certificate of a chain, whose own objects go when it does: what was presented stays, and of the rest a copy.</summary>
    public X509Certificate2 Kept(X509Certificate2 certificate)
    {
        var index = CertificateText.IndexOf(Presented, certificate);
        return index >= 0 ? Presented[index] : new X509Certificate2(certificate);
    }

    /// <summary>A client's certificates as a server judges them, in the handshake that presents them and in those that resume it.</summary>
    /// <param name="encoded">What the client presented, leaf first.</param>
    /// <param name="options">The server's, which say how it judges.</param>
    /// <param name="checkPolicies">As <see cref="CheckPolicies"/>.</param>
    /// <exception cref="TlsCertificateException">One of them is malformed, or there are too many.</exception>
    public static ExaminationSubject OfClient(
        IReadOnlyList<byte[]> encoded, TlsServerOptions options,
        Func<IReadOnlyList<X509Certificate2>, DateTimeOffset, bool> checkPolicies)
    {
        var now = TimeOf(options.ClientVerification, options.TimeProvider);
        var recall = new ChainRecall(encoded, options.ClientVerification, isServer: true, options.Policy, now);
        return new ExaminationSubject
        {
            Presented = recall.Load(options.Limits, Refusal.OfClient), Verification = options.ClientVerification, Now = now,
            IsServer = true, Policy = options.Policy, Recall = recall, CheckPolicies = checkPolicies,
        };
    }

    /// <summary>When certificates are judged: to the second, as their dates are.</summary>
    /// <param name="verification">The caller's own policy may have a time of its own.</param>
    /// <param name="clock">Else this one's.</param>
    public static DateTimeOffset TimeOf(CertificateVerification verification, TimeProvider clock)
    {
        var time = verification.ChainPolicy is { VerificationTimeIgnored: false } policy
            ? new DateTimeOffset(policy.VerificationTime.ToUniversalTime()) : OwnFaults.Now(clock).ToUniversalTime();
        return time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
    }
}
