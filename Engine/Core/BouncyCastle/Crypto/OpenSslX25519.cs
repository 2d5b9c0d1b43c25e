using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace TlsFsm.Core.BouncyCastle.Crypto;

/// <summary>
/// X25519 by the system's OpenSSL, which .NET computes with itself on Linux but has no call to: half the time of managed code, and written
/// to take constant time. Only documented functions of OpenSSL 3 are called; decision 0008 says why these.
/// </summary>
internal sealed class OpenSslX25519 : ITlsX25519
{
    private const int Size = 32;

    private static readonly byte[] BasePoint = [9, .. new byte[Size - 1]];

    private OpenSslX25519() { }

    /// <summary>Looks whether there is one that computes what RFC 7748 shows.</summary>
    /// <returns>Null where there is none: on another system, of another version, or where its configuration leaves X25519 out.</returns>
    public static OpenSslX25519? Find()
    {
        // RFC 7748 section 6.1.
        var bobs = Convert.FromHexString("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        var alices = Convert.FromHexString("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
        var shared = Convert.FromHexString("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        try
        {
            Span<byte> secret = stackalloc byte[Size];
            return TryMultiply(bobs, alices, secret) && secret.SequenceEqual(shared) ? new OpenSslX25519() : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return null;
        }
    }

    // By the ladder: OpenSSL's own way to a public key takes twice as long.
    public void DerivePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) => Multiply(privateKey, BasePoint, publicKey);

    public void DeriveSecret(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerKey, Span<byte> secret) =>
        Multiply(privateKey, peerKey, secret);

    public override string ToString() => "OpenSSL";

    private static void Multiply(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point, Span<byte> product)
    {
        // A secret of zero is a failure of OpenSSL's, as a lack of memory is; BouncyCastle says which it was.
        if (!TryMultiply(scalar, point, product))
            LibraryX25519.Instance.DeriveSecret(scalar, point, product);
    }

    private static bool TryMultiply(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point, Span<byte> product)
    {
        var making = LibCrypto.EVP_PKEY_CTX_new_from_name(0, LibCrypto.X25519Name, 0);
        var (own, peer, deriving) = ((nint)0, (nint)0, (nint)0);
        try
        {
            var workspace = Workspace.OfThisThread;
            if (making == 0 || LibCrypto.EVP_PKEY_fromdata_init(making) != 1
                || !workspace.TryMakePrivate(making, scalar, out own) || !workspace.TryMakePublic(making, point, out peer))
                return false;

            deriving = LibCrypto.EVP_PKEY_CTX_new(own, 0);
            nuint size = Size;
            return deriving != 0 && LibCrypto.EVP_PKEY_derive_init(deriving) == 1
                && LibCrypto.EVP_PKEY_derive_set_peer(deriving, peer) == 1
                && LibCrypto.EVP_PKEY_derive(deriving, ref MemoryMarshal.GetReference(product[..Size]), ref size) == 1 && size == Size;
        }
        finally
        {
            // Each takes a null. A private key is wiped with the last that holds it.
            LibCrypto.EVP_PKEY_CTX_free(deriving);
            LibCrypto.EVP_PKEY_free(peer);
            LibCrypto.EVP_PKEY_free(own);
            LibCrypto.EVP_PKEY_CTX_free(making);

            // What failed here is nobody else's error on this thread.
            LibCrypto.ERR_clear_error();
        }
    }

    /// <summary>Where OpenSSL reads a key from, and what it is told of it: one a thread, since it cannot move.</summary>
    private sealed class Workspace
    {
        [ThreadStatic]
        private static Workspace? _ofThisThread;

        private readonly byte[] _key = GC.AllocateArray<byte>(Size, pinned: true);
        private readonly LibCrypto.Parameter[] _pair;
        private readonly LibCrypto.Parameter[] _public;

        private Workspace()
        {
            var at = Marshal.UnsafeAddrOfPinnedArrayElement(_key, 0);
            _public = [LibCrypto.Parameter.OctetString(LibCrypto.PublicKeyName, at, Size), default];

            // The public key beside a private one is not looked at here; were it missing, OpenSSL would compute it.
            _pair = [LibCrypto.Parameter.OctetString(LibCrypto.PrivateKeyName, at, Size), .. _public];
        }

        public static Workspace OfThisThread => _ofThisThread ??= new Workspace();

        public bool TryMakePrivate(nint context, ReadOnlySpan<byte> key, out nint made) =>
            TryMake(context, LibCrypto.KeyPair, _pair, key, out made);

        public bool TryMakePublic(nint context, ReadOnlySpan<byte> key, out nint made) =>
            TryMake(context, LibCrypto.PublicKey, _public, key, out made);

        private bool TryMake(nint context, int selection, LibCrypto.Parameter[] parameters, ReadOnlySpan<byte> key, out nint made)
        {
            key[..Size].CopyTo(_key);
            var isMade = LibCrypto.EVP_PKEY_fromdata(context, out made, selection, parameters) == 1;
            CryptographicOperations.ZeroMemory(_key);
            return isMade;
        }
    }
}
