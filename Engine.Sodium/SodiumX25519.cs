using System.Security.Cryptography;
using Geralt;

namespace TlsFsm.Sodium;

/// <summary>
/// X25519 by libsodium, through Geralt: the wrapper costs no more than calling the library by hand (50 and 52 microseconds a side,
/// where NSec takes 363), and is kept by people who do nothing else.
/// </summary>
internal sealed class SodiumX25519 : ITlsX25519
{
    public static SodiumX25519 Instance { get; } = new();

    private static readonly Lazy<Exception?> Loading = new(() => FaultOf(Instance));

    /// <summary>Why libsodium cannot be used here; null when it can. Found out once in a process.</summary>
    public static Exception? LoadFault => Loading.Value;

    public void DerivePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) => X25519.ComputePublicKey(publicKey, privateKey);

    public void DeriveSecret(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerKey, Span<byte> secret)
    {
        try
        {
            X25519.ComputeSharedSecret(secret, privateKey, peerKey);
        }
        catch (CryptographicException)
        {
            // crypto_scalarmult fails for a secret of zero, and for nothing else; the engine looks for one, and refuses the peer's key.
            secret.Clear();
        }
    }

    /// <summary>What a first use of it throws, where the library is missing or is for another processor.</summary>
    internal static Exception? FaultOf(ITlsX25519 x25519)
    {
        try
        {
            x25519.DerivePublicKey(stackalloc byte[X25519.PrivateKeySize], stackalloc byte[X25519.PublicKeySize]);
            return null;
        }
        catch (Exception e) when (
            e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException
            or PlatformNotSupportedException)
        {
            return e;
        }
    }
}
