using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions;

namespace TlsFsm.Core.Certificates;

/// <summary>
/// Judges what a peer presented: the chain to a trusted root, dates, usage, signatures, and for a server the name. Reads nothing
/// from the network: neither issuers nor revocation lists are fetched while a handshake waits.
/// </summary>
internal static class CertificateVerifier
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    // MD5 and SHA-1 with RSA, and SHA-1 with DSA and ECDSA: forgeries are affordable.
    private static readonly HashSet<string> WeakSignatures = ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10040.4.3", "1.2.840.10045.4.1"];

    /// <summary>Judges a peer's certificates.</summary>
    /// <param name="presented">What the peer presented; at least one.</param>
    /// <param name="verification">How.</param>
    /// <param name="name">The name that a server's certificate must be for; null without one, and for a client's certificate.</param>
    /// <param name="targetHost">That name as the caller wrote it, for a caller that judges by itself.</param>
    /// <param name="isServer">Whether we are the server, judging a client.</param>
    /// <exception cref="TlsCertificateException">Rejected, and why.</exception>
    /// <exception cref="TlsException">The caller's own judgement threw.</exception>
    public static void Check(
        PresentedCertificates presented, CertificateVerification verification, PeerName? name, string? targetHost, bool isServer)
    {
        if (verification.Judge is { } judge)
        {
            presented.ReadAll();
            CheckWith(judge, new PeerCertificates(presented, targetHost, isServer));
            return;
        }

        var verdicts = VerdictCache.Of(verification);
        var key = verdicts is null ? default : VerdictCache.KeyOf(presented.Encoded, name?.Host, isServer);
        if (verdicts is not null && verdicts.IsGood(key))
            return;

        presented.ReadAll();
        var (notBefore, notAfter) = CheckChain(presented, verification.Roots, name, isServer);
        if (name is not null)
            CheckName(presented[0], name);
        verdicts?.Add(key, notBefore, notAfter);
    }

    private static void CheckWith(Func<PeerCertificates, TlsAlert?> judge, PeerCertificates presented)
    {
        TlsAlert? verdict;
        try
        {
            verdict = judge(presented);
        }
        catch (Exception e)
        {
            throw new TlsException(
                $"The application's judgement of the certificate '{presented.Leaf.Subject}' threw {e.GetType().Name}: {e.Message}",
                CloseReason.Failed, TlsFault.Application, TlsAlert.InternalError, e);
        }

        if (verdict is { } alert)
            throw new TlsCertificateException(
                $"The application rejected the {Owner(presented.IsServer)} certificate '{presented.Leaf.Subject}' ({alert}).",
                alert, "application", presented.Leaf, presented.TargetHost);
    }

    /// <returns>When all of the chain is valid.</returns>
    private static (DateTimeOffset NotBefore, DateTimeOffset NotAfter) CheckChain(
        PresentedCertificates presented, X509Certificate2Collection? roots, PeerName? name, bool isServer)
    {
        var now = TimeProvider.System.GetUtcNow().LocalDateTime;
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.VerificationTime = now;
        policy.VerificationTimeIgnored = false;
        policy.DisableCertificateDownloads = true;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.ApplicationPolicy.Add(new Oid(isServer ? ClientAuthentication : ServerAuthentication));
        for (var i = 1; i < presented.Count; i++)
            policy.ExtraStore.Add(presented[i]);
        if (roots is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(roots);
        }

        try
        {
            var isTrusted = chain.Build(presented[0]);
            var fault = isTrusted ? FindWeakSignature(chain) : ChainFault.Find(chain, now);
            if (fault is not null)
                throw Rejected(presented, fault, name, isServer);

            return (chain.ChainElements.Max(element => new DateTimeOffset(element.Certificate.NotBefore)),
                chain.ChainElements.Min(element => new DateTimeOffset(element.Certificate.NotAfter)));
        }
        catch (CryptographicException e)
        {
            // A certificate is only read in full when it is used: its key, say.
            throw new TlsCertificateException(
                $"The {Owner(isServer)} certificate '{presented[0].Subject}' cannot be read: {e.Message}", TlsAlert.BadCertificate, "encoding", presented[0], name?.Host, e);
        }
        finally
        {
            foreach (var element in chain.ChainElements)
                element.Certificate.Dispose();
        }
    }

    private static ChainFault? FindWeakSignature(X509Chain chain)
    {
        // The root is trusted for its key: how it signed itself proves nothing either way.
        for (var i = 0; i < chain.ChainElements.Count - 1; i++)
        {
            var algorithm = chain.ChainElements[i].Certificate.SignatureAlgorithm;
            if (WeakSignatures.Contains(algorithm.Value ?? ""))
                return new ChainFault("signature", TlsAlert.BadCertificate, i, chain.ChainElements[i].Certificate.Subject,
                    $"it is signed with {algorithm.FriendlyName ?? algorithm.Value}, which can be forged");
        }

        return null;
    }

    private static TlsCertificateException Rejected(PresentedCertificates presented, ChainFault fault, PeerName? name, bool isServer)
    {
        var leaf = presented[0];
        var where = fault.Depth == 0 ? "" : $" at '{fault.Subject}'";
        var host = name is null ? "" : $" for '{name.Host}'";
        var certificate = presented.FirstOrDefault(one => one.Subject == fault.Subject) ?? leaf;
        return new TlsCertificateException(
            $"The {Owner(isServer)} certificate '{leaf.Subject}'{host} fails the check '{fault.Check}'{where}: {fault.Detail}.",
            fault.Alert, fault.Check, certificate, name?.Host);
    }

    private static void CheckName(X509Certificate2 leaf, PeerName name)
    {
        bool matches;
        try
        {
            matches = leaf.MatchesHostname(name.Host, allowWildcards: true, allowCommonName: false);
        }
        catch (CryptographicException e)
        {
            throw new TlsCertificateException(
                $"The names in the server's certificate '{leaf.Subject}' cannot be read: {e.Message}", TlsAlert.BadCertificate, "host name", leaf, name.Host, e);
        }

        if (!matches)
            throw new TlsCertificateException(
                $"The server's certificate '{leaf.Subject}' is not for '{name.Host}' but for {Names(leaf)}.", TlsAlert.BadCertificate, "host name", leaf, name.Host);
    }

    private static string Names(X509Certificate2 leaf)
    {
        var names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))
            .Take(11)
            .ToList();
        return names.Count switch
        {
            0 => "no name at all",
            > 10 => string.Join(", ", names.Take(10)) + ", ...",
            _ => string.Join(", ", names),
        };
    }

    private static string Owner(bool isServer) => isServer ? "client's" : "server's";
}
