using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Abstractions.Verification;

/// <summary>Everything that a verdict on a chain depended on, as a SHA-256.</summary>
internal readonly record struct VerdictKey(UInt128 High, UInt128 Low);

/// <summary>
/// A chain that was found good. Shared among connections: gives out copies, which cost nothing, and keeps its own to itself.
/// </summary>
/// <remarks>What it holds is left to the collector: another thread may just be taking a copy when it is forgotten.</remarks>
internal sealed class ChainVerdict
{
    private readonly X509Certificate2[] _presented;
    private readonly X509Certificate2[] _chain;
    private readonly DateTimeOffset _validFrom = DateTimeOffset.MinValue;
    private readonly DateTimeOffset _validTo = DateTimeOffset.MaxValue;
    private readonly Lock _lock = new();
    private string[]? _pins;
    private KnownKey? _key;

    /// <param name="presented">As the peer presented them.</param>
    /// <param name="chain">From the leaf to the root.</param>
    public ChainVerdict(IEnumerable<X509Certificate2> presented, IEnumerable<X509Certificate2> chain)
    {
        _presented = [.. presented.Select(CopyOf)];
        _chain = [.. chain.Select(CopyOf)];
        foreach (var certificate in _chain)
        {
            var (from, to) =
                (new DateTimeOffset(certificate.NotBefore.ToUniversalTime()), new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
            _validFrom = from > _validFrom ? from : _validFrom;
            _validTo = to < _validTo ? to : _validTo;
        }
    }

    /// <summary>When it was found, by the memory's clock.</summary>
    public long FoundAt { get; set; }

    /// <summary>The certificates that the peer presented, for one connection, whose owner may dispose of them.</summary>
    public X509Certificate2[] Presented => Array.ConvertAll(_presented, CopyOf);

    /// <summary>The leaf's issuer, or the leaf itself where it is its own root. To be disposed of.</summary>
    public X509Certificate2 Issuer => CopyOf(_chain[Math.Min(1, _chain.Length - 1)]);

    /// <summary>The pins of all keys in the chain.</summary>
    public IReadOnlyList<string> Pins
    {
        get
        {
            lock (_lock)
                return _pins ??= [.. _chain.Select(CertificateVerification.PinOf)];
        }
    }

    /// <summary>Whether each certificate of the chain is valid at a time.</summary>
    public bool IsWithinDates(DateTimeOffset now) => now >= _validFrom && now <= _validTo;

    /// <summary>
    /// The leaf's public key as the platform's object, for one user at a time: reading one takes longer than to verify with it.
    /// </summary>
    /// <returns>Null when it was not read before, or is in use.</returns>
    public AsymmetricAlgorithm? TakeKey(ReadOnlySpan<byte> encoded)
    {
        if (Interlocked.Exchange(ref _key, null) is not { } known)
            return null;
        if (encoded.SequenceEqual(known.Encoded))
            return known.Key;

        known.Key.Dispose();
        return null;
    }

    /// <summary>Takes the key (back), or disposes of it if there is one already.</summary>
    public void GiveKey(byte[] encoded, AsymmetricAlgorithm key)
    {
        if (Interlocked.CompareExchange(ref _key, new KnownKey(encoded, key), null) is not null)
            key.Dispose();
    }

    private static X509Certificate2 CopyOf(X509Certificate2 certificate) => new(certificate);

    private sealed record KnownKey(byte[] Encoded, AsymmetricAlgorithm Key);
}
