using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Abstractions;

/// <summary>What a side proves its identity with: a certificate, its private key, and the intermediates sent with it.</summary>
/// <remarks>The key stays where it is: signing goes through the certificate's own provider, so it need not be exportable. Share one instance among connections.</remarks>
public sealed class TlsCredential
{
    /// <summary>A certificate with its private key.</summary>
    /// <param name="certificate">ECDSA (P-256, P-384, P-521) or RSA, with a private key that can sign.</param>
    /// <param name="intermediates">Sent after the certificate, in order; without the root.</param>
    /// <exception cref="ArgumentException">No private key, or a key of another kind.</exception>
    public TlsCredential(X509Certificate2 certificate, X509Certificate2Collection? intermediates = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (!certificate.HasPrivateKey)
            throw new ArgumentException($"The certificate '{certificate.Subject}' has no private key.", nameof(certificate));

        using (var ecdsa = certificate.GetECDsaPublicKey())
        using (var rsa = certificate.GetRSAPublicKey())
        {
            if (ecdsa is not { KeySize: 256 or 384 or 521 } && rsa is null)
                throw new ArgumentException(
                    $"The key of the certificate '{certificate.Subject}' ({certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value}) is neither ECDSA on P-256, P-384, P-521 nor RSA.", nameof(certificate));
        }

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
}
