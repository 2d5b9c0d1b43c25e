using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using TlsFsm.Abstractions;

namespace TlsFsm.Core.Certificates;

/// <summary>
/// Chains that were found good a moment ago. Judging one takes the platform a millisecond, three times the rest of a handshake, and gives the
/// same answer for the same bytes, name, roots and day: nothing is fetched and nothing is revoked while it waits.
/// </summary>
/// <remarks>
/// Only good verdicts are kept, by one <see cref="CertificateVerification"/> for itself, no longer than it says and than every
/// certificate up to the root is valid. That the peer holds the private key is proved in each handshake all the same. Any thread.
/// </remarks>
internal sealed class VerdictCache(TimeSpan lifetime, TimeProvider clock)
{
    /// <summary>How many are kept; then all are forgotten, which costs each peer one full check.</summary>
    public const int Capacity = 1024;

    private static readonly ConditionalWeakTable<CertificateVerification, VerdictCache> Known = [];

    private readonly Dictionary<Key, Verdict> _verdicts = [];

    /// <summary>The verdicts of a verification, the same ones each time; null when it wants none kept.</summary>
    public static VerdictCache? Of(CertificateVerification verification) => verification.VerdictLifetime > TimeSpan.Zero
        ? Known.GetValue(verification, static one => new VerdictCache(one.VerdictLifetime, TimeProvider.System))
        : null;

    /// <summary>What a verdict is about: every byte that was presented, for which name, in which role.</summary>
    public static Key KeyOf(IReadOnlyList<byte[]> presented, string? host, bool isServer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([isServer ? (byte)1 : (byte)0, host is null ? (byte)0 : (byte)1]);
        Append(hash, Encoding.UTF8.GetBytes(host ?? ""));
        foreach (var certificate in presented)
            Append(hash, certificate);

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return new Key(BinaryPrimitives.ReadUInt128BigEndian(digest), BinaryPrimitives.ReadUInt128BigEndian(digest[16..]));
    }

    /// <summary>Whether these were found good, and still are.</summary>
    public bool IsGood(Key key)
    {
        lock (_verdicts)
        {
            if (!_verdicts.TryGetValue(key, out var verdict))
                return false;

            var now = clock.GetUtcNow();
            if (clock.GetElapsedTime(verdict.MadeAt) < lifetime && verdict.NotBefore <= now && now <= verdict.NotAfter)
                return true;

            _verdicts.Remove(key);
            return false;
        }
    }

    /// <summary>Remembers that these were found good.</summary>
    /// <param name="key">What.</param>
    /// <param name="notBefore">When the last certificate of the chain becomes valid.</param>
    /// <param name="notAfter">When the first one ceases to be.</param>
    public void Add(Key key, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        lock (_verdicts)
        {
            if (_verdicts.Count >= Capacity)
                _verdicts.Clear();
            _verdicts[key] = new Verdict(clock.GetTimestamp(), notBefore, notAfter);
        }
    }

    private static void Append(IncrementalHash hash, byte[] part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }

    /// <summary>A SHA-256 digest.</summary>
    internal readonly record struct Key(UInt128 High, UInt128 Low);

    private readonly record struct Verdict(long MadeAt, DateTimeOffset NotBefore, DateTimeOffset NotAfter);
}
