using System.Security.Cryptography;
using TlsFsm.Abstractions;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Certificates;

/// <summary>Judges a peer's bare public key (RFC 7250): it is one that the caller knows, or it is refused.</summary>
internal static class RawKeys
{
    /// <exception cref="TlsCertificateException">The key is not known.</exception>
    public static void Check(byte[] key, CertificateVerification verification, bool isServer)
    {
        var pin = Convert.ToBase64String(SHA256.HashData(key));
        if (!verification.RawPublicKeys.Contains(pin))
            throw new TlsCertificateException(
                $"The {CertificateVerifier.Owner(isServer)} raw public key '{pin}' is none of those in {nameof(verification.RawPublicKeys)}.",
                CertificateFaults.UnknownRawKey.Alert, "raw public key", certificate: null, host: null);
    }
}
