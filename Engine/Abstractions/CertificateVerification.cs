using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Abstractions;

/// <summary>How a peer's certificate is judged: before Finished is sent, and secure unless the caller spells out otherwise.</summary>
public sealed class CertificateVerification
{
    private CertificateVerification() { }

    /// <summary>Chain to a root that the operating system trusts, key usage, dates, and (for servers) the host name.</summary>
    public static CertificateVerification SystemTrust { get; } = new();

    /// <summary>Chain to one of these roots only; all other checks as <see cref="SystemTrust"/>.</summary>
    /// <exception cref="ArgumentException">No roots: nothing could ever be trusted.</exception>
    public static CertificateVerification TrustedRoots(X509Certificate2Collection roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        if (roots.Count == 0)
            throw new ArgumentException("There must be at least one root: with none, nothing can be trusted.", nameof(roots));

        return new CertificateVerification { Roots = [.. roots] };
    }

    /// <summary>The caller judges: nothing is checked before, and the callback's word is final.</summary>
    /// <param name="judge">Given what the peer presented; returns null to accept, or the alert that tells the peer why not. Called on the connection's loop; must not block.</param>
    public static CertificateVerification Custom(Func<PeerCertificates, TlsAlert?> judge)
    {
        ArgumentNullException.ThrowIfNull(judge);
        return new CertificateVerification { Judge = judge };
    }

    /// <summary>Accepts any certificate for any name: no protection against anybody in the middle. For tests and measurements.</summary>
    public static CertificateVerification DangerousAcceptAny { get; } = new() { Judge = static _ => null };

    /// <summary>The same verification, that remembers a chain it found good for another time.</summary>
    /// <param name="lifetime">
    /// How long. Zero: every handshake builds and checks its chain anew. Default 1 minute, of a chain whose every byte, and whose peer's name,
    /// is the same, and never beyond the validity of one of its certificates: judging takes longer than the rest of a handshake.
    /// That the peer holds the private key is proved in every handshake. A judgement of the caller's own is never remembered.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public CertificateVerification WithVerdictLifetime(TimeSpan lifetime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lifetime, TimeSpan.Zero);
        return new CertificateVerification
        {
            Roots = Roots,
            Judge = Judge,
            VerdictLifetime = lifetime,
        };
    }

    /// <summary>How long a chain that was found good is not checked again; see <see cref="WithVerdictLifetime"/>.</summary>
    /// <value>Zero or more. Default 1 minute.</value>
    public TimeSpan VerdictLifetime { get; private init; } = TimeSpan.FromMinutes(1);

    /// <summary>The only roots trusted; null for the system's.</summary>
    public X509Certificate2Collection? Roots { get; private init; }

    /// <summary>The caller's own judgement in place of ours; null for ours.</summary>
    public Func<PeerCertificates, TlsAlert?>? Judge { get; private init; }
}
