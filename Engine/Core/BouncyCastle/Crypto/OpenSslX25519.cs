using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TlsFsm.Core.Primitives;

namespace TlsFsm.Core.BouncyCastle.Crypto;

/// <summary>
/// X25519 by the system's OpenSSL, which .NET computes with itself on Linux but has no call to: half the time of managed code, and written
/// to take constant time. Only documented functions of OpenSSL 3 are called; decision 0008 says why these.
/// </summary>
internal sealed class OpenSslX25519 : ITlsX25519
{
    private const int Size = 32;

    private static readonly byte[] BasePoint = [9, .. new byte[Size - 1]];

    // For the life of the process, and for all threads: a key that nobody changes. Zero where OpenSSL makes none.
    private static readonly nint BasePointKey = LibCrypto.IsHere ? MakePublic(BasePoint) : 0;

    private OpenSslX25519() { }

    /// <summary>Looks whether there is one that computes what RFC 7748 shows.</summary>
    /// <returns>Null where there is none: on another system, of another version, or where its configuration leaves X25519 out.</returns>
    public static OpenSslX25519? Find()
    {
        // RFC 7748 section 6.1.
        var bobs = Convert.FromHexString("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        var alices = Convert.FromHexString("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
        var shared = Convert.FromHexString("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        Span<byte> secret = stackalloc byte[Size];
        return BasePointKey != 0 && TryMultiply(bobs, alices, secret) && secret.SequenceEqual(shared) ? new OpenSslX25519() : null;
    }

    // By the ladder: OpenSSL's own way to a public key takes twice as long.
    public void DerivePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        if (!TryMultiply(privateKey, BasePointKey, publicKey))
            LibraryX25519.Instance.DerivePublicKey(privateKey, publicKey);
    }

    public void DeriveSecret(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerKey, Span<byte> secret)
    {
        // A secret of zero is a failure of OpenSSL's, as a lack of memory is; BouncyCastle says which it was.
        if (!TryMultiply(privateKey, peerKey, secret))
            LibraryX25519.Instance.DeriveSecret(privateKey, peerKey, secret);
    }

    public override string ToString() => "OpenSSL";

    private static bool TryMultiply(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point, Span<byte> product)
    {
        var peer = MakePublic(point);
        try
        {
            return peer != 0 && TryMultiply(scalar, peer, product);
        }
        finally
        {
            LibCrypto.EVP_PKEY_free(peer);
        }
    }

    /// <returns>Zero if it failed.</returns>
    private static nint MakePublic(ReadOnlySpan<byte> point)
    {
        if (KeyMaker.OfThisThread.TryMakePublic(point, out var made))
            return made;

        LibCrypto.ERR_clear_error();
        return 0;
    }

    /// <param name="scalar">The private key.</param>
    /// <param name="point">OpenSSL's key of the other side.</param>
    /// <param name="product">Where it goes.</param>
    private static bool TryMultiply(ReadOnlySpan<byte> scalar, nint point, Span<byte> product)
    {
        var (own, deriving) = ((nint)0, (nint)0);
        var isDone = false;
        try
        {
            if (!KeyMaker.OfThisThread.TryMakePrivate(scalar, out own))
                return false;

            // There is nothing to check of a peer's key: RFC 7748 takes every 32 bytes.
            deriving = LibCrypto.EVP_PKEY_CTX_new(own, 0);
            nuint size = Size;
            return isDone = deriving != 0 && LibCrypto.EVP_PKEY_derive_init(deriving) == 1
                && LibCrypto.EVP_PKEY_derive_set_peer_ex(deriving, point, 0) == 1
                && LibCrypto.EVP_PKEY_derive(deriving, ref MemoryMarshal.GetReference(product[..Size]), ref size) == 1 && size == Size;
        }
        finally
        {
            // Each takes a null. A private key is wiped with the last that holds it.
            LibCrypto.EVP_PKEY_CTX_free(deriving);
            LibCrypto.EVP_PKEY_free(own);

            // What failed here is nobody else's error on this thread.
            if (!isDone)
                LibCrypto.ERR_clear_error();
        }
    }

    /// <summary>Makes OpenSSL's keys. One a thread: where it reads a key from cannot move, and its context is for one at a time.</summary>
    private sealed class KeyMaker
    {
        [ThreadStatic]
        private static KeyMaker? _ofThisThread;

        private readonly nint _context = LibCrypto.EVP_PKEY_CTX_new_from_name(0, LibCrypto.X25519Name, 0);
        private readonly bool _isReady;
        private readonly byte[] _key = GC.AllocateArray<byte>(Size, pinned: true);
        private readonly LibCrypto.Parameter[] _pair;
        private readonly LibCrypto.Parameter[] _public;

        private KeyMaker()
        {
            _isReady = _context != 0 && LibCrypto.EVP_PKEY_fromdata_init(_context) == 1;
            var at = Marshal.UnsafeAddrOfPinnedArrayElement(_key, 0);
            _public = [LibCrypto.Parameter.OctetString(LibCrypto.PublicKeyName, at, Size), default];

            // The public key beside a private one is not looked at here; were it missing, OpenSSL would compute it.
            _pair = [LibCrypto.Parameter.OctetString(LibCrypto.PrivateKeyName, at, Size), .. _public];
        }

        ~KeyMaker()
        {
            // Without the library there is nobody to call.
            if (_context != 0)
                LibCrypto.EVP_PKEY_CTX_free(_context);
        }

        public static KeyMaker OfThisThread => _ofThisThread ??= new KeyMaker();

        public bool TryMakePrivate(ReadOnlySpan<byte> key, out nint made) => TryMake(LibCrypto.KeyPair, _pair, key, out made);

        public bool TryMakePublic(ReadOnlySpan<byte> key, out nint made) => TryMake(LibCrypto.PublicKey, _public, key, out made);

        private bool TryMake(int selection, LibCrypto.Parameter[] parameters, ReadOnlySpan<byte> key, out nint made)
        {
            key[..Size].CopyTo(_key);
            made = 0;
            var isMade = _isReady && LibCrypto.EVP_PKEY_fromdata(_context, out made, selection, parameters) == 1;
            CryptographicOperations.ZeroMemory(_key);
            GC.KeepAlive(this);
            return isMade;
        }
    }
}
