using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Tls.Crypto;

namespace TlsFsm.Core.BouncyCastle.Replay;

/// <summary>Random bytes of the platform, remembered, so that a handshake can be gone through once more with the same ones.</summary>
internal sealed class RandomTape : IRandomGenerator, TlsNonceGenerator
{
    private readonly List<byte> _tape = [];
    private int _position;

    /// <summary>From the beginning.</summary>
    public void Rewind() => _position = 0;

    /// <summary>Overwrites what it remembers.</summary>
    public void Erase()
    {
        CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tape));
        _tape.Clear();
        _position = 0;
    }

    public void AddSeedMaterial(byte[] seed) { }

    public void AddSeedMaterial(ReadOnlySpan<byte> seed) { }

    public void AddSeedMaterial(long seed) { }

    public void NextBytes(byte[] bytes) => NextBytes(bytes.AsSpan());

    public void NextBytes(byte[] bytes, int start, int len) => NextBytes(bytes.AsSpan(start, len));

    public void NextBytes(Span<byte> bytes)
    {
        var known = Math.Min(bytes.Length, _tape.Count - _position);
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tape).Slice(_position, known).CopyTo(bytes);
        RandomNumberGenerator.Fill(bytes[known..]);
        _tape.AddRange(bytes[known..]);
        _position += bytes.Length;
    }

    public byte[] GenerateNonce(int size)
    {
        var nonce = new byte[size];
        NextBytes(nonce);
        return nonce;
    }
}
