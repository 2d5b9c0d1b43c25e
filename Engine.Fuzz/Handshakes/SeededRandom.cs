using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>The randomness of a peer: the same for the same seed, and so no secret at all.</summary>
internal sealed class SeededRandom(ulong seed) : IRandomGenerator, TlsNonceGenerator
{
    private readonly Dice _dice = new(seed);

    public void AddSeedMaterial(byte[] seed) { }

    public void AddSeedMaterial(ReadOnlySpan<byte> seed) { }

    public void AddSeedMaterial(long seed) { }

    public void NextBytes(byte[] bytes) => _dice.Fill(bytes);

    public void NextBytes(byte[] bytes, int start, int len) => _dice.Fill(bytes.AsSpan(start, len));

    public void NextBytes(Span<byte> bytes) => _dice.Fill(bytes);

    public byte[] GenerateNonce(int size) => _dice.Bytes(size);
}

/// <summary>BouncyCastle's own cryptography over such randomness.</summary>
internal sealed class SeededCrypto(SeededRandom random) : BcTlsCrypto(new SecureRandom(random))
{
    public override TlsNonceGenerator CreateNonceGenerator(byte[] additionalSeedMaterial) => random;

    public override TlsNonceGenerator CreateNonceGenerator(ReadOnlySpan<byte> additionalSeedMaterial) => random;
}
