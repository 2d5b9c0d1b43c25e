using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions;
using TlsFsm.BogoShim.Exchange;
using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Setup;

/// <summary>How the peer's certificate is judged: as the flags say, whatever it is, because that is all that the runner tests.</summary>
internal static class Verifications
{
    private const int X509Type = 0;
    private const int RawPublicKeyType = 2;

    /// <summary>The judgement of one connection.</summary>
    public static CertificateVerification Of(ShimConfig config, Notes notes, ShimLoop loop)
    {
        var verification = config.IsAsync && config.TrustCertificate is not null
            ? CertificateVerification.TrustedRoots(X509Certificate2Collection(config.TrustCertificate)) with
            {
                Review = (review, decision) => loop.CallMuchLater(
                    () => decision.Complete(review.Certificates.Count == 0 ? null : Judge(config, notes, review.StapledResponse))),
            }
            : CertificateVerification.Custom(presented => Judge(config, notes, presented.StapledResponse));
        return verification with
        {
            Staple = config.EnableOcspStapling ? StapleMode.Request : StapleMode.Off,
            RawPublicKeys = RawPublicKeysOf(config),
        };
    }

    private static X509Certificate2Collection X509Certificate2Collection(string file)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(file);
        return roots;
    }

    private static TlsAlert? Judge(ShimConfig config, Notes notes, ReadOnlyMemory<byte> staple)
    {
        notes.StapledResponse = staple.ToArray();
        notes.IsPeerBad = config.VerifyFail;
        if (config.Expect.OcspResponse is not null && staple.IsEmpty)
            notes.Mismatch = "The OCSP response is not there when the certificate is judged.";

        // A client that was not told to verify notes what it found, and goes on.
        if (config.VerifyFail && (config.VerifyPeer || config.RequireClientCertificate || config.UseCustomVerifyCallback && config.IsServer))
            return config.UseCustomVerifyCallback ? TlsAlert.CertificateUnknown : TlsAlert.HandshakeFailure;
        if (config.UseOcspCallback && config.FailOcspCallback && !config.IsServer)
            return TlsAlert.BadCertificateStatusResponse;

        return null;
    }

    /// <summary>The engine takes bare keys before certificates, or no bare keys at all.</summary>
    private static string[] RawPublicKeysOf(ShimConfig config) => config.AcceptedPeerCertificateTypes switch
    {
        [] or [X509Type] => [],
        [RawPublicKeyType, X509Type] => [Convert.ToBase64String(config.PeerKeyHash ?? new byte[32])],
        _ => throw new UnimplementedException("These types of certificates, or this order of them, cannot be asked for."),
    };
}
