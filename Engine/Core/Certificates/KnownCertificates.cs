using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Core.Certificates;

/// <summary>
/// Certificates that were on good chains, as the platform has read them: to read one takes as long as to verify two signatures, since its
/// key is decoded with it. That is a function of its bytes and no verdict: the chain is built and judged each time all the same.
/// </summary>
/// <remarks>
/// Gives out copies, which share what was read, and keeps its own to itself. Only who has a trusted certificate can put something here, and
/// then others are forgotten sooner.
/// </remarks>
internal static class KnownCertificates
{
    /// <summary>Certificates in all: some 2 MB, and the chains of 64 peers.</summary>
    public const int Capacity = 128;

    /// <summary>In bytes. Usual ones have 500 to 2,000; what is larger is read each time.</summary>
    public const int MaxSize = 8 * 1024;

    // What is forgotten is left to the collector: another thread may just be taking a copy.
    private static readonly ContentMemory<X509Certificate2> Known = new(Capacity, MaxSize);

    /// <summary>Whether a certificate was on a good chain, and is still known.</summary>
    public static bool Has(byte[] encoded) => Known.Find(encoded) is not null;

    /// <summary>Reads a certificate, or finds that it was.</summary>
    /// <param name="encoded">In DER.</param>
    /// <returns>The caller's, who may dispose of it.</returns>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It is none.</exception>
    public static X509Certificate2 Read(byte[] encoded) =>
        Known.Find(encoded) is { } known ? new X509Certificate2(known) : X509CertificateLoader.LoadCertificate(encoded);

    /// <summary>Keeps what was on a good chain.</summary>
    /// <param name="certificates">As the peer presented them; they stay the caller's.</param>
    public static void Keep(IEnumerable<X509Certificate2> certificates)
    {
        foreach (var certificate in certificates)
            Known.Keep(certificate.RawData, () => new X509Certificate2(certificate));
    }
}
