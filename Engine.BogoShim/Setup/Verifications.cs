using System.Security.Cryptography.X509Certificates;
using TlsFsm.BogoShim.Exchange;
using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Setup;

/// <summary>How the peer's certificate is judged: as the flags say, whatever it is, because that is all that the runner tests.</summary>
internal static class Verifications
{
    /// <summary>A judge.</summary>
    public static CertificateVerification Make(ShimConfig config, IReadOnlyCollection<string> rawPublicKeys, Shared shared)
    {
        var verification = IsReviewed(config)
            ? CertificateVerification.TrustedRoots(RootsOf(config.TrustCertificate!)) with
            {
                Review = (review, decision) => shared.Present!.Answer(
                    () => decision.Complete(review.Certificates.Count == 0 ? null : Judge(shared.Present!, review.StapledResponse))),
            }
            : CertificateVerification.Custom(presented => Judge(shared.Present!, presented.StapledResponse));
        return verification with
        {
            Staple = config.EnableOcspStapling ? StapleMode.Request : StapleMode.Off,
            RawPublicKeys = rawPublicKeys,
            VerifyOnResumption = config.ReverifyOnResume,
            CertificateTypes = TypesOf(config.AcceptedPeerCertificateTypes),
        };
    }

    /// <summary>Pins of the bare keys that the peer may present: where the flags name none, one that it does not have.</summary>
    public static IReadOnlyCollection<string> RawPublicKeysOf(ShimConfig config) =>
        TypesOf(config.AcceptedPeerCertificateTypes)?.Contains(TlsCertificateType.RawPublicKey) == true
            ? [Convert.ToBase64String(config.PeerKeyHash ?? new byte[32])]
            : [];

    /// <summary>Types of certificates; null where the flags say nothing.</summary>
    public static IReadOnlyList<TlsCertificateType>? TypesOf(IReadOnlyList<int> numbers) =>
        numbers.Count == 0 ? null : [.. numbers.Select(number => (TlsCertificateType)number)];

    /// <summary>
    /// Whether the verdict comes late. A server that would have to wait for it does not resume a session with a client certificate.
    /// </summary>
    private static bool IsReviewed(ShimConfig config) =>
        config is { IsAsync: true, TrustCertificate.Length: > 0 } && !(config.IsServer && config.ResumeCount > 0);

    private static X509Certificate2Collection RootsOf(string file)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(file);
        return roots;
    }

    private static TlsAlert? Judge(Turn turn, ReadOnlyMemory<byte> staple)
    {
        var (config, _, notes, _) = turn;
        notes.StapledResponse = staple.ToArray();
        notes.IsPeerBad = config.VerifyFail;
        if (config.Expect.OcspResponse is not null && staple.IsEmpty)
            notes.Mismatch = "The OCSP response is not there when the certificate is judged.";

        // A client that was not told to verify notes what it found, and goes on.
        if (config.VerifyFail && (config.VerifyPeer || config.RequireClientCertificate))
            return config.UseCustomVerifyCallback ? TlsAlert.CertificateUnknown : TlsAlert.HandshakeFailure;

        return config is { UseOcspCallback: true, FailOcspCallback: true, IsServer: false } ? TlsAlert.BadCertificateStatusResponse : null;
    }
}
