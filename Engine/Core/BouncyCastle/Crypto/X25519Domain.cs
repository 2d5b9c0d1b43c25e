using System.Security.Cryptography;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Crypto;

/// <summary>
/// A connection's keys on X25519. A client that offers it alone and in a hybrid makes one key for both shares: the hybrid's specification
/// (draft-ietf-tls-hybrid-design, section 3.2) takes back for the same algorithm within one ClientHello what RFC 8446 section 4.2.8 asks
/// for, that each share is made by itself. Only one of the two is ever used.
/// </summary>
/// <param name="crypto">The connection's.</param>
/// <param name="random">Where private keys come from.</param>
/// <param name="x25519">Who computes.</param>
internal sealed class X25519Domain(TlsCrypto crypto, SecureRandom random, ITlsX25519 x25519) : TlsECDomain
{
    private const int Size = 32;

    private readonly List<Pair> _pairs = [];
    private bool _isHelloSent;

    public TlsAgreement CreateECDH() => new Agreement(this);

    /// <summary>A ClientHello has gone out: what another one offers is made anew.</summary>
    public void OnHelloSent() => _isHelloSent = true;

    /// <summary>Wipes the private keys.</summary>
    public void Erase()
    {
        foreach (var pair in _pairs)
            CryptographicOperations.ZeroMemory(pair.Private);
        _pairs.Clear();
    }

    private Pair Take()
    {
        if (_pairs.Count > 0 && !_isHelloSent)
            return _pairs[^1];

        _isHelloSent = false;
        var pair = new Pair(new byte[Size], new byte[Size]);
        random.NextBytes(pair.Private);
        Compute(() => x25519.DerivePublicKey(pair.Private, pair.Public));
        _pairs.Add(pair);
        return pair;
    }

    private TlsSecret Agree(Pair own, byte[] peer)
    {
        var secret = new byte[Size];
        try
        {
            Compute(() => x25519.DeriveSecret(own.Private, peer, secret));

            // RFC 8446 section 7.4.2: the secret is zero. The value is at fault, not what was offered.
            if (CryptographicOperations.FixedTimeEquals(secret, stackalloc byte[Size]))
                throw HelloFaults.LowOrderPoint.ToException();

            return crypto.CreateSecret(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
            Erase();
        }
    }

    private static void Compute(Action what)
    {
        try
        {
            what();
        }
        catch (Exception e)
        {
            throw Faults.Carry(OwnFaults.Application($"{nameof(TlsConnectionOptions.X25519)} threw: {e.Message}", e));
        }
    }

    private sealed record Pair(byte[] Private, byte[] Public);

    private sealed class Agreement(X25519Domain domain) : TlsAgreement
    {
        private Pair? _own;
        private byte[]? _peer;

        public byte[] GenerateEphemeral() => (byte[])(_own = domain.Take()).Public.Clone();

        public void ReceivePeerValue(byte[] peerValue) =>
            _peer = peerValue is { Length: Size } ? (byte[])peerValue.Clone() : throw HelloFaults.BadKeyShare.ToException();

        public TlsSecret CalculateSecret() => domain.Agree(_own!, _peer!);
    }
}

/// <summary>BouncyCastle's X25519, which is there everywhere.</summary>
internal sealed class LibraryX25519 : ITlsX25519
{
    public static LibraryX25519 Instance { get; } = new();

    public override string ToString() => "BouncyCastle";

    public void DerivePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) =>
        Org.BouncyCastle.Math.EC.Rfc7748.X25519.ScalarMultBase(privateKey, publicKey);

    public void DeriveSecret(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerKey, Span<byte> secret) =>
        Org.BouncyCastle.Math.EC.Rfc7748.X25519.ScalarMult(privateKey, peerKey, secret);
}
