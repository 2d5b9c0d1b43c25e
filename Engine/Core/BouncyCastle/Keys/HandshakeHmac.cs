using System.Security.Cryptography;
using TlsFsm.Core.Primitives;

namespace TlsFsm.Core.BouncyCastle.Keys;

/// <summary>
/// HMAC as the key schedule of a handshake asks for it: some thirty times, each of a few bytes. While the handshake lasts one object of
/// OpenSSL's is keyed for each where there is one: a quarter to a half of .NET's time, which is asked otherwise.
/// </summary>
/// <remarks>Used by one thread at a time, as the connection.</remarks>
internal sealed class HandshakeHmac : IDisposable
{
    private const int MaxHashSize = 64;

    private OpenSslHmac? _own;
    private HashAlgorithmName _name;
    private bool _isOver;

    /// <summary>Whether it holds what was keyed.</summary>
    public bool HoldsKey => _own is not null;

    /// <summary>Computes one.</summary>
    /// <param name="name">Of which hash: SHA-256, SHA-384 or SHA-512.</param>
    /// <param name="key">The key.</param>
    /// <param name="data">What is hashed.</param>
    /// <param name="output">Filled from the beginning of the value: at most the hash's size.</param>
    public void Compute(HashAlgorithmName name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> output)
    {
        Span<byte> value = stackalloc byte[MaxHashSize];
        if (Own(name) is not { } own || !own.TryCompute(key, data, value))
            CryptographicOperations.HmacData(name, key, data, value);
        value[..output.Length].CopyTo(output);
        CryptographicOperations.ZeroMemory(value);
    }

    /// <summary>The handshake is over: wipes what was keyed. What is computed from now on is .NET's.</summary>
    public void Dispose()
    {
        _isOver = true;
        _own?.Dispose();
        _own = null;
    }

    private OpenSslHmac? Own(HashAlgorithmName name)
    {
        if (_isOver || (_own is not null && _name == name))
            return _own;

        // A handshake begins with the hash of the session that is offered, and may go on with another.
        _own?.Dispose();
        _name = name;
        return _own = OpenSslHmac.Make(name);
    }
}
