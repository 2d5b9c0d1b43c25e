using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Verification;

namespace TlsFsm.Core.Certificates;

/// <summary>What is known of a peer's certificates before they are examined, and where the verdict goes if it is a good one.</summary>
internal sealed class ChainRecall
{
    // Of what the key is made; another number when that changes, should keys ever outlive the process.
    private const byte Format = 2;

    private readonly IReadOnlyList<byte[]> _encoded;
    private readonly VerdictMemory? _memory;
    private readonly VerdictKey _key;

    /// <param name="encoded">What the peer presented, leaf first.</param>
    /// <param name="verification">By what it will be judged.</param>
    /// <param name="isServer">Whether we are the server, judging a client.</param>
    /// <param name="policy">How strong keys and signatures must be.</param>
    /// <param name="now">
    /// When they are judged. The memory's own clock says how old a verdict is, not whether the dates are still good.
    /// </param>
    public ChainRecall(
        IReadOnlyList<byte[]> encoded, CertificateVerification verification, bool isServer, TlsPolicy policy, DateTimeOffset now)
    {
        _encoded = encoded;

        // Revocation changes; of what a caller's policy or callback goes by, nothing is known.
        if (verification.Memory is not { } memory || memory.Lifetime == TimeSpan.Zero
            || verification.RevocationMode != X509RevocationMode.NoCheck
            || verification.ChainPolicy is not null || verification.Judge is not null || verification.Review is not null)
            return;

        try
        {
            _key = KeyOf(encoded, verification.Roots, isServer, policy);
        }
        catch (CryptographicException)
        {
            // One of the roots was disposed of. Building the chain says so.
            return;
        }

        _memory = memory;
        Verdict = memory.Find(_key, now);
    }

    /// <summary>What was found about these certificates; null when that is not known (yet).</summary>
    public ChainVerdict? Verdict { get; private set; }

    /// <summary>The peer's certificates.</summary>
    /// <param name="limits">How many there may be.</param>
    /// <param name="refusal">How they are refused, if they are.</param>
    /// <exception cref="TlsCertificateException">One of them is malformed, or there are too many.</exception>
    public IReadOnlyList<X509Certificate2> Load(TlsLimits limits, Refusal refusal) =>
        CertificateVerifier.Load(_encoded, limits, refusal, Verdict);

    /// <summary>The chain was found good.</summary>
    public void Keep(X509Chain chain, IReadOnlyList<X509Certificate2> presented)
    {
        KnownCertificates.Keep(presented);
        if (_memory is null)
            return;

        Verdict = new ChainVerdict(presented, chain.ChainElements.Select(element => element.Certificate));
        _memory.Add(_key, Verdict);
    }

    /// <summary>All that the chain's verdict depends on. Each part with its length, so that nothing reads as something else.</summary>
    private static VerdictKey KeyOf(IReadOnlyList<byte[]> encoded, X509Certificate2Collection? roots, bool isServer, TlsPolicy policy)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Format | (isServer ? 0x100 : 0) | (roots is null ? 0 : 0x200));
        Append(hash, policy.MinRsaBits);
        Append(hash, policy.MaxRsaBits);
        Append(hash, policy.CertificateSchemes.Count);
        foreach (var scheme in policy.CertificateSchemes.Order())
            Append(hash, (int)scheme);
        Append(hash, encoded.Count);
        foreach (var certificate in encoded)
            Append(hash, certificate);

        // Contents, not objects: the caller may have added one to its collection, or taken one away.
        Append(hash, roots?.Count ?? 0);
        foreach (var root in roots ?? [])
            Append(hash, root.RawDataMemory.Span);

        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(key);
        return new VerdictKey(BinaryPrimitives.ReadUInt128BigEndian(key), BinaryPrimitives.ReadUInt128BigEndian(key[16..]));
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> content)
    {
        Append(hash, content.Length);
        hash.AppendData(content);
    }

    private static void Append(IncrementalHash hash, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
