using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls.Crypto;

namespace TlsFsm.Core.BouncyCastle.Library;

/// <summary>
/// Random bytes of the platform, for all connections. BouncyCastle would seed two generators of its own from them for each one.
/// </summary>
internal sealed class PlatformRandom : IRandomGenerator, TlsNonceGenerator
{
    private PlatformRandom() { }

    public static PlatformRandom Instance { get; } = new();

    /// <summary>As BouncyCastle takes them. Holds no state but the platform's, so it is safe for any number of threads.</summary>
    public static SecureRandom Secure { get; } = new(Instance);

    // Nothing that is known here would add to what the system has gathered.
    public void AddSeedMaterial(byte[] seed) { }

    public void AddSeedMaterial(ReadOnlySpan<byte> seed) { }

    public void AddSeedMaterial(long seed) { }

    public void NextBytes(byte[] bytes) => RandomNumberGenerator.Fill(bytes);

    public void NextBytes(byte[] bytes, int start, int len) => RandomNumberGenerator.Fill(bytes.AsSpan(start, len));

    public void NextBytes(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);

    public byte[] GenerateNonce(int size) => RandomNumberGenerator.GetBytes(size);
}
