using System.Security.Cryptography;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Certificates;

/// <summary>Judges a peer's bare public key (RFC 7250): it is one that the caller knows, or it is refused.</summary>
internal static class RawKeys
{
    /// <summary>Judges a key.</summary>
    /// <exception cref="TlsCertificateException">It is not known.</exception>
    public static void Check(ReadOnlySpan<byte> key, CertificateVerification verification, bool isServer)
    {
        CheckType(TlsCertificateType.RawPublicKey, verification, isServer);
        var pin = Convert.ToBase64String(SHA256.HashData(key));
        if (!verification.RawPublicKeys.Contains(pin))
            throw new TlsCertificateException(
                $"The {CertificateVerifier.Owner(isServer)} raw public key '{pin}' is none of those in "
                + $"{nameof(verification.RawPublicKeys)}.",
                CertificateFaults.UnknownRawKey.Alert, "raw public key", certificate: null, host: null);
    }

    /// <summary>Judges the form in which a peer shows its key, or would.</summary>
    /// <exception cref="TlsCertificateException">It is not taken.</exception>
    public static void CheckType(TlsCertificateType type, CertificateVerification verification, bool isServer)
    {
        if (!verification.TypesTaken.Contains(type))
            throw new TlsCertificateException(
                $"The {CertificateVerifier.Owner(isServer)} key would come as {type}, and only "
                + $"{string.Join(", ", verification.TypesTaken)} is taken.",
                CertificateFaults.WrongType.Alert, "type of certificate", certificate: null, host: null);
    }
}
