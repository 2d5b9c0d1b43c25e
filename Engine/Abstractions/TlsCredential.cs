using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Abstractions;

/// <summary>What a side proves its identity with: a certificate, its private key, and the intermediates sent with it.</summary>
/// <remarks>The key stays where it is: signing goes through the certificate's own provider, so it need not be exportable. Share one instance among connections.</remarks>
public sealed class TlsCredential
{
    private const string RsaKey = "1.2.840.113549.1.1.1";
    private const string EcdsaKey = "1.2.840.10045.2.1";

    // P-256, P-384, P-521 as a key's parameters: their object identifiers in DER. A curve's size alone would not tell them from others.
    private static readonly byte[][] Curves =
    [
        [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07],
        [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22],
        [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23],
    ];

    /// <summary>A certificate with its private key.</summary>
    /// <param name="certificate">ECDSA (P-256, P-384, P-521) or RSA, with a private key that can sign.</param>
    /// <param name="intermediates">Sent after the certificate, in order; without the root.</param>
    /// <exception cref="ArgumentException">No private key, or a key of another kind.</exception>
    public TlsCredential(X509Certificate2 certificate, X509Certificate2Collection? intermediates = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (!certificate.HasPrivateKey)
            throw new ArgumentException($"The certificate '{certificate.Subject}' has no private key.", nameof(certificate));

        if (!IsUsable(certificate.PublicKey))
            throw new ArgumentException(
                $"The key of the certificate '{certificate.Subject}' ({certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value}) is neither ECDSA on P-256, P-384, P-521 nor RSA.", nameof(certificate));

        Certificate = certificate;
        Intermediates = intermediates ?? [];
    }

    /// <summary>The certificate, with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Sent after the certificate, in order.</summary>
    public X509Certificate2Collection Intermediates { get; }

    /// <summary>Reads a PEM file of certificates (leaf first) and a PEM file with its key.</summary>
    /// <exception cref="CryptographicException">A file is not PEM of the right kind, or the key is not the certificate's.</exception>
    public static TlsCredential FromPemFiles(string certificatePath, string keyPath)
    {
        var leaf = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(certificatePath);
        if (all.Count > 0)
            all.RemoveAt(0);

        return new TlsCredential(leaf, all);
    }

    /// <summary>A certificate without intermediates.</summary>
    public static TlsCredential FromX509Certificate2(X509Certificate2 certificate) => new(certificate);

    /// <summary>A certificate without intermediates.</summary>
    public static implicit operator TlsCredential(X509Certificate2 certificate) => new(certificate);

    private static bool IsUsable(PublicKey key) => key.Oid.Value switch
    {
        RsaKey => true,
        EcdsaKey => Curves.Any(curve => key.EncodedParameters?.RawData.AsSpan().SequenceEqual(curve) == true),
        _ => false,
    };
}
