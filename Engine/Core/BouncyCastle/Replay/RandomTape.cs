using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Tls.Crypto;

namespace TlsFsm.Core.BouncyCastle.Replay;

/// <summary>
/// Random bytes of the platform, remembered, so that a handshake can be gone through once more with the same ones; once it is over, no more
/// are.
/// </summary>
internal sealed class RandomTape : IRandomGenerator, TlsNonceGenerator
{
    private byte[] _tape = [];
    private int _count;
    private int _position;
    private bool _isOver;

    /// <summary>Bytes that it remembers.</summary>
    public int Count => _count;

    /// <summary>From the beginning.</summary>
    public void Rewind() => _position = 0;

    /// <summary>
    /// Overwrites what it remembers, and remembers nothing from then on: a suite with CBC draws for each record of its life.
    /// </summary>
    public void Erase()
    {
        _isOver = true;
        CryptographicOperations.ZeroMemory(_tape);
        _tape = [];
        _count = 0;
        _position = 0;
    }

    public void AddSeedMaterial(byte[] seed) { }

    public void AddSeedMaterial(ReadOnlySpan<byte> seed) { }

    public void AddSeedMaterial(long seed) { }

    public void NextBytes(byte[] bytes) => NextBytes(bytes.AsSpan());

    public void NextBytes(byte[] bytes, int start, int len) => NextBytes(bytes.AsSpan(start, len));

    public void NextBytes(Span<byte> bytes)
    {
        var known = Math.Min(bytes.Length, _count - _position);
        _tape.AsSpan(_position, known).CopyTo(bytes);
        RandomNumberGenerator.Fill(bytes[known..]);
        if (_isOver)
            return;

        Remember(bytes[known..]);
        _position += bytes.Length;
    }

    public byte[] GenerateNonce(int size)
    {
        var nonce = new byte[size];
        NextBytes(nonce);
        return nonce;
    }

    private void Remember(ReadOnlySpan<byte> drawn)
    {
        if (_count + drawn.Length > _tape.Length)
        {
            // The old one held what keys are made of.
            var larger = new byte[Math.Max(256, 2 * (_count + drawn.Length))];
            _tape.AsSpan(0, _count).CopyTo(larger);
            CryptographicOperations.ZeroMemory(_tape);
            _tape = larger;
        }

        drawn.CopyTo(_tape.AsSpan(_count));
        _count += drawn.Length;
    }
}
