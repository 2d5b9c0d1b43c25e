using System.Security.Cryptography;
using Org.BouncyCastle.Tls.Crypto;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Keys;

/// <summary>
/// A hash by the platform, of a handshake's messages for one. BouncyCastle asks for its value after each, by a copy that it hashes no more
/// into: such a copy takes the value of the original, in half the time of BouncyCastle's own and without its garbage.
/// </summary>
/// <remarks>
/// The platform copies no state. Where one of the two goes on, only it does; the other, if it is used all the same, fails the handshake.
/// Used by one thread at a time, as the connection.
/// </remarks>
internal sealed class PlatformHash : TlsHash, IDisposable
{
    private readonly HashAlgorithmName _name;
    private IncrementalHash? _state;

    /// <summary>What this is a copy of that has not gone on; null for a state of its own.</summary>
    private PlatformHash? _original;

    /// <summary>Of a copy: how often the original had changed when it was made.</summary>
    private int _madeAt;
    private int _changes;

    /// <summary>The copy that its state is gone to.</summary>
    private PlatformHash? _successor;

    /// <summary>Whether its state is gone: to a copy, or with the handshake.</summary>
    private bool _isOver;

    private PlatformHash(HashAlgorithmName name) => _name = name;

    /// <summary>A hash of nothing yet; null where the platform is not asked for this one.</summary>
    public static PlatformHash? Of(int cryptoHashAlgorithm) => cryptoHashAlgorithm switch
    {
        CryptoHashAlgorithm.sha256 => new PlatformHash(HashAlgorithmName.SHA256),
        CryptoHashAlgorithm.sha384 => new PlatformHash(HashAlgorithmName.SHA384),
        CryptoHashAlgorithm.sha512 => new PlatformHash(HashAlgorithmName.SHA512),
        _ => null,
    };

    public void Update(byte[] input, int inOff, int length) => Update(input.AsSpan(inOff, length));

    public void Update(ReadOnlySpan<byte> input)
    {
        GoOn();
        State.AppendData(input);
    }

    /// <summary>The value; it begins anew behind that.</summary>
    public byte[] CalculateHash()
    {
        if (_original is { } original && original._changes == _madeAt)
        {
            _original = null;
            return original.State.GetCurrentHash();
        }

        GoOn();
        var value = State.GetHashAndReset();
        Release();
        return value;
    }

    public TlsHash CloneHash() => _original is { } original
        ? new PlatformHash(_name) { _original = original, _madeAt = _madeAt }
        : new PlatformHash(_name) { _original = this, _madeAt = _changes };

    public void Reset()
    {
        _original = null;
        _changes++;
        Release();
    }

    public void Dispose()
    {
        _isOver = true;
        _successor?.Dispose();
        Release();
    }

    private IncrementalHash State => _isOver
        ? throw Faults.Carry(OwnFaults.Internal("A hash of the handshake is used behind its end."))
        : _state ??= IncrementalHash.CreateHash(_name);

    /// <summary>From now on this has a state of its own: a copy of nothing begins by itself, another takes the original's.</summary>
    private void GoOn()
    {
        _changes++;
        if (_original is not { } original)
            return;

        _original = null;
        if (_madeAt == 0 && !original._isOver)
            return;

        _isOver = original._isOver || original._changes != _madeAt;
        if (_isOver || original._state is null)
            return;

        (_state, original._state, original._successor, original._isOver) = (original._state, null, this, true);
    }

    private void Release()
    {
        _state?.Dispose();
        _state = null;
    }
}
