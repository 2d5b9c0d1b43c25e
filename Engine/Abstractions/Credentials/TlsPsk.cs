using System.Security.Cryptography;
using TlsFsm.Abstractions.Credentials;

namespace TlsFsm;

/// <summary>A key that both sides know beforehand (external PSK: RFC 8446 section 2.2 on TLS 1.3, RFC 4279 and RFC 5489 on 1.2).</summary>
/// <remarks>
/// Use one for one hash and one pair of peers only (RFC 9257). The key must be random: whoever can guess it can be anybody. A key that is
/// to serve both hashes, or something else than TLS 1.3 too, is imported: <see cref="Import"/>.
/// </remarks>
public sealed class TlsPsk
{
    /// <summary>The shortest key, in bytes: 128 bits of randomness, what the rest of the handshake has too.</summary>
    public const int MinKeySize = 16;

    /// <summary>The longest key, in bytes; more adds nothing to the longest hash.</summary>
    public const int MaxKeySize = 256;

    /// <summary>The longest identity, in bytes; RFC 4279 section 5.3 asks for 128 at least.</summary>
    public const int MaxIdentitySize = 1024;

    private readonly byte[] _identity;
    private readonly byte[] _key;

    /// <summary>An identity and its key.</summary>
    /// <param name="identity">1 to <see cref="MaxIdentitySize"/> bytes; sent in clear.</param>
    /// <param name="key">Random, <see cref="MinKeySize"/> to <see cref="MaxKeySize"/> bytes.</param>
    /// <param name="hash">TLS 1.3: the hash of the suites that it is for, SHA-256 (the default) or SHA-384. Not used on TLS 1.2.</param>
    /// <exception cref="ArgumentException">A size or hash outside of that.</exception>
    public TlsPsk(ReadOnlySpan<byte> identity, ReadOnlySpan<byte> key, HashAlgorithmName? hash = null)
    {
        Check(identity, key, hash);
        Hash = hash ?? HashAlgorithmName.SHA256;
        _identity = identity.ToArray();
        _key = key.ToArray();
    }

    private TlsPsk(byte[] importedIdentity, byte[] importedKey, HashAlgorithmName hash)
    {
        IsImported = true;
        Hash = hash;
        _identity = importedIdentity;
        _key = importedKey;
    }

    /// <summary>What it is asked for by.</summary>
    public ReadOnlyMemory<byte> Identity => _identity;

    /// <summary>TLS 1.3: the hash of the suites that it is for.</summary>
    internal HashAlgorithmName Hash { get; }

    /// <summary>
    /// Whether it is one that was imported: for TLS 1.3 only, with an identity that says what it was made of (<c>ImportedIdentity</c>, RFC
    /// 9258 section 5.1).
    /// </summary>
    internal bool IsImported { get; }

    internal byte[] Key => _key;

    /// <summary>
    /// Makes keys for TLS 1.3 out of one that may be for more (RFC 9258): another protocol, both hashes, or several contexts.
    /// </summary>
    /// <param name="identity">1 to <see cref="MaxIdentitySize"/> bytes; sent in clear.</param>
    /// <param name="key">Random, <see cref="MinKeySize"/> to <see cref="MaxKeySize"/> bytes.</param>
    /// <param name="context">
    /// What else the keys are bound to, if anything: the names of both peers, for example. Up to <see cref="MaxIdentitySize"/> bytes; sent
    /// in clear.
    /// </param>
    /// <param name="hash">The key's own hash, SHA-256 (the default) or SHA-384.</param>
    /// <returns>One for each hash of TLS 1.3, all of which a client should offer and a server look among.</returns>
    /// <exception cref="ArgumentException">A size or hash outside of that.</exception>
    public static IReadOnlyList<TlsPsk> Import(
        ReadOnlySpan<byte> identity, ReadOnlySpan<byte> key, ReadOnlySpan<byte> context = default, HashAlgorithmName? hash = null)
    {
        Check(identity, key, hash);
        if (context.Length > MaxIdentitySize)
            throw new ArgumentException($"A PSK context has at most {MaxIdentitySize} bytes, got {context.Length}.", nameof(context));

        var own = hash ?? HashAlgorithmName.SHA256;
        var imported = new List<TlsPsk>();
        foreach (var target in new[] { HashAlgorithmName.SHA256, HashAlgorithmName.SHA384 })
        {
            var name = PskImporter.Identity(identity, context, target);
            imported.Add(new TlsPsk(name, PskImporter.Key(key, own, name, target), target));
        }

        return imported;
    }

    /// <summary>A lookup among a few keys that takes the same time whichever is asked for, and if none is.</summary>
    public static Func<ReadOnlyMemory<byte>, TlsPsk?> Among(params IReadOnlyCollection<TlsPsk> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var known = keys.Select(psk => (Digest: SHA256.HashData(psk._identity), Psk: psk)).ToArray();
        return identity =>
        {
            var wanted = SHA256.HashData(identity.Span);
            TlsPsk? found = null;
            foreach (var (digest, psk) in known)
            {
                if (CryptographicOperations.FixedTimeEquals(digest, wanted))
                    found = psk;
            }

            return found;
        };
    }

    private static void Check(ReadOnlySpan<byte> identity, ReadOnlySpan<byte> key, HashAlgorithmName? hash)
    {
        if (identity.Length is 0 or > MaxIdentitySize)
            throw new ArgumentException($"A PSK identity has 1 to {MaxIdentitySize} bytes, got {identity.Length}.", nameof(identity));
        if (key.Length is < MinKeySize or > MaxKeySize)
            throw new ArgumentException($"A PSK has {MinKeySize} to {MaxKeySize} bytes, got {key.Length}.", nameof(key));
        if (hash is { } own && own != HashAlgorithmName.SHA256 && own != HashAlgorithmName.SHA384)
            throw new ArgumentException($"A PSK is for SHA-256 or SHA-384, got {own}.", nameof(hash));
    }
}
