using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using AesInstructions = System.Runtime.Intrinsics.X86.Aes;

namespace TlsFsm.Abstractions.Policy;

/// <summary>What a machine has for records. What it lacks, BouncyCastle does.</summary>
/// <param name="HasAesGcm">The platform's AES-GCM.</param>
/// <param name="HasChaCha20Poly1305">The platform's ChaCha20-Poly1305; Windows before 11 and some builds of OpenSSL lack it.</param>
/// <param name="HasAesInstructions">
/// The processor's instructions for AES and GHASH, with which BouncyCastle is faster on short records.
/// </param>
/// <param name="AsksOpenSsl">Whether the system's OpenSSL is called directly where it is; otherwise .NET, which may call it too.</param>
internal sealed record PlatformCiphers(bool HasAesGcm, bool HasChaCha20Poly1305, bool HasAesInstructions, bool AsksOpenSsl = false)
{
    public static PlatformCiphers OfThisMachine { get; } = new(
        AesGcm.IsSupported, ChaCha20Poly1305.IsSupported, AesInstructions.IsSupported && Pclmulqdq.IsSupported,
        AsksOpenSsl: OperatingSystem.IsLinux());
}
