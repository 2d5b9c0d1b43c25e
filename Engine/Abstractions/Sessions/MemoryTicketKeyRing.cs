using System.Security.Cryptography;
using TlsFsm.Abstractions.Seams;

namespace TlsFsm;

/// <summary>Keys of one process: AES-256-GCM, made at random, replaced regularly, and lost with the process.</summary>
/// <remarks>
/// A ticket is the key's name (16 bytes), a random nonce (12), the state encrypted, and the tag (16). An old key opens tickets for a while
/// after it has stopped sealing them, so that no client is turned away by the change.
/// </remarks>
public sealed class MemoryTicketKeyRing : ITicketKeyRing, IDisposable
{
    private const int NameSize = 16;
    private const int KeySize = 32;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int Overhead = NameSize + NonceSize + TagSize;

    // NIST SP 800-38D section 8.3: at most 2^32 random nonces under one key.
    private const long MaxSealsPerKey = 1L << 31;

    private readonly Lock _lock = new();
    private readonly TimeSpan _period;
    private readonly TimeSpan _overlap;
    private readonly TimeProvider _time;

    /// <summary>Newest first. Made when first needed.</summary>
    private readonly List<Key> _keys = [];
    private bool _isDisposed;

    /// <summary>A ring without keys yet.</summary>
    /// <param name="period">How long a key seals. Null: 12 hours; what a stolen key opens is no more than that.</param>
    /// <param name="overlap">How long it opens after that. Null: 24 hours, as long as sessions live by default.</param>
    /// <param name="timeProvider">The clock. Null: the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A period that is not positive, or an overlap that is negative or so long that more than 1,000 keys would be kept.
    /// </exception>
    public MemoryTicketKeyRing(TimeSpan? period = null, TimeSpan? overlap = null, TimeProvider? timeProvider = null)
    {
        _period = period ?? TimeSpan.FromHours(12);
        _overlap = overlap ?? TimeSpan.FromHours(24);
        _time = timeProvider ?? DefaultClock.Instance;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_period, TimeSpan.Zero, nameof(period));
        ArgumentOutOfRangeException.ThrowIfLessThan(_overlap, TimeSpan.Zero, nameof(overlap));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_overlap / _period, 1000, nameof(overlap));
    }

    /// <summary>Keys that are held now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _keys.Count;
        }
    }

    /// <inheritdoc/>
    public byte[] Seal(ReadOnlySpan<byte> state)
    {
        var ticket = new byte[Overhead + state.Length];
        var name = ticket.AsSpan(0, NameSize);
        var nonce = ticket.AsSpan(NameSize, NonceSize);
        RandomNumberGenerator.Fill(nonce);

        // Handshakes on other threads wait while a key is chosen, not while one computes.
        Key key;
        AesGcm gcm;
        lock (_lock)
        {
            key = SealingKey();
            key.Name.CopyTo(name);
            gcm = key.Take();
        }

        try
        {
            gcm.Encrypt(nonce, state, ticket.AsSpan(NameSize + NonceSize, state.Length), ticket.AsSpan(ticket.Length - TagSize), name);
            return ticket;
        }
        finally
        {
            GiveBack(key, gcm);
        }
    }

    /// <inheritdoc/>
    public byte[]? Open(ReadOnlySpan<byte> ticket)
    {
        if (ticket.Length < Overhead)
            return null;

        var name = ticket[..NameSize];
        Key? key;
        AesGcm gcm;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            DropOldKeys();
            key = Find(name);
            if (key is null)
                return null;

            gcm = key.Take();
        }

        var state = new byte[ticket.Length - Overhead];
        try
        {
            gcm.Decrypt(
                ticket.Slice(NameSize, NonceSize), ticket.Slice(NameSize + NonceSize, state.Length), ticket[^TagSize..], state, name);
            return state;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        finally
        {
            GiveBack(key, gcm);
        }
    }

    /// <summary>
    /// Overwrites the keys: from then on <see cref="Seal"/> and <see cref="Open"/> throw <see cref="ObjectDisposedException"/>.
    /// </summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var key in _keys)
                key.Erase();
            _keys.Clear();
        }
    }

    private Key SealingKey()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        DropOldKeys();
        var now = _time.GetUtcNow();
        if (_keys.Count == 0 || now - _keys[0].MadeAt >= _period || _keys[0].Seals >= MaxSealsPerKey)
            _keys.Insert(0, new Key(RandomNumberGenerator.GetBytes(NameSize), RandomNumberGenerator.GetBytes(KeySize), now));

        _keys[0].Seals++;
        return _keys[0];
    }

    private void DropOldKeys()
    {
        var now = _time.GetUtcNow();
        while (_keys.Count > 0 && now - _keys[^1].MadeAt >= _period + _overlap)
        {
            _keys[^1].Erase();
            _keys.RemoveAt(_keys.Count - 1);
        }
    }

    private Key? Find(ReadOnlySpan<byte> name)
    {
        foreach (var key in _keys)
        {
            if (name.SequenceEqual(key.Name))
                return key;
        }

        return null;
    }

    private void GiveBack(Key key, AesGcm gcm)
    {
        lock (_lock)
            key.GiveBack(gcm);
    }

    /// <summary>A key, and what computes with it: to make that for each ticket costs more than the ticket. Under the lock.</summary>
    private sealed class Key(byte[] name, byte[] secret, DateTimeOffset madeAt)
    {
        private AesGcm? _idle;
        private bool _isErased;

        public byte[] Name => name;

        public DateTimeOffset MadeAt => madeAt;

        public long Seals { get; set; }

        /// <summary>For one thread at a time, as <see cref="AesGcm"/> wants it; whoever comes meanwhile gets another.</summary>
        public AesGcm Take()
        {
            var gcm = _idle ?? new AesGcm(secret, TagSize);
            _idle = null;
            return gcm;
        }

        public void GiveBack(AesGcm gcm)
        {
            if (_isErased || _idle is not null)
                gcm.Dispose();
            else
                _idle = gcm;
        }

        public void Erase()
        {
            _isErased = true;
            CryptographicOperations.ZeroMemory(secret);
            _idle?.Dispose();
            _idle = null;
        }
    }
}
