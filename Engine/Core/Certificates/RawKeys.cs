using System.Security.Cryptography;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Certificates;

/// <summary>Judges a peer's bare public key (RFC 7250): it is one that the caller knows, or it is refused.</summary>
internal static class RawKeys
{
    /// <summary>Judges a key.</summary>
    /// <exception cref="TlsCertificateException">It is not known.</exception>
    public static void Check(ReadOnlySpan<byte> key, CertificateVerification verification, Refusal refusal)
    {
        CheckType(TlsCertificateType.RawPublicKey, verification, refusal);
        var pin = Convert.ToBase64String(SHA256.HashData(key));
        if (!verification.RawPublicKeys.Contains(pin))
            throw refusal.Of(
                $"raw public key '{pin}'", "raw public key", CertificateFaults.UnknownRawKey.Alert,
                $"it is none of those in {nameof(verification.RawPublicKeys)}", "Add it there, if it is the right one.");
    }

    /// <summary>Judges the form in which a peer shows its key, or would.</summary>
    /// <exception cref="TlsCertificateException">It is not taken.</exception>
    public static void CheckType(TlsCertificateType type, CertificateVerification verification, Refusal refusal)
    {
        if (!verification.TypesTaken.Contains(type))
            throw refusal.Of(
                "key", "type of certificate", CertificateFaults.WrongType.Alert,
                $"it would come as {type}, and only {string.Join(", ", verification.TypesTaken)} is taken",
                $"The {refusal.Owner} must present one of these, or {nameof(verification.CertificateTypes)} must have it.");
    }
}
