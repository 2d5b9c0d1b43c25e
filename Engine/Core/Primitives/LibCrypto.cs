using System.Runtime.InteropServices;
using System.Security.Cryptography;

// From the system alone: never from beside the program or from where it was started.
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]

namespace TlsFsm.Core.Primitives;

/// <summary>
/// What is called of OpenSSL 3's libcrypto, each function by its own name (EVP_PKEY_fromdata(3), EVP_PKEY_derive(3), EVP_EncryptInit(3),
/// EVP_MAC(3), OSSL_PARAM(3)): 1 is success, null is a failure, and what frees takes a null.
/// </summary>
internal static class LibCrypto
{
    // By the name that .NET looks for first, so that both have the same one.
    private const string Library = "libcrypto.so.3";

    /// <summary>EVP_PKEY_PUBLIC_KEY and EVP_PKEY_KEYPAIR.</summary>
    public const int PublicKey = 0x86, KeyPair = 0x87;

    /// <summary>EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG.</summary>
    public const int GetTag = 0x10, SetTag = 0x11;

    /// <summary>OSSL_PKEY_PARAM_PUB_KEY, OSSL_PKEY_PARAM_PRIV_KEY and algorithms, for the life of the process.</summary>
    public static readonly nint
        PublicKeyName = Marshal.StringToCoTaskMemUTF8("pub"),
        PrivateKeyName = Marshal.StringToCoTaskMemUTF8("priv"),
        X25519Name = Marshal.StringToCoTaskMemUTF8("X25519");

    /// <summary>Whether the system has it.</summary>
    /// <remarks>.NET has initialized it then: it asks it not to clean up at the exit, when other threads may still compute.</remarks>
    public static bool IsHere { get; } = Look();

    [DllImport(Library)]
    public static extern nint EVP_PKEY_CTX_new_from_name(nint library, nint name, nint properties);

    [DllImport(Library)]
    public static extern nint EVP_PKEY_CTX_new(nint key, nint engine);

    [DllImport(Library)]
    public static extern void EVP_PKEY_CTX_free(nint context);

    [DllImport(Library)]
    public static extern int EVP_PKEY_fromdata_init(nint context);

    [DllImport(Library)]
    public static extern int EVP_PKEY_fromdata(nint context, out nint key, int selection, [In] Parameter[] parameters);

    [DllImport(Library)]
    public static extern void EVP_PKEY_free(nint key);

    [DllImport(Library)]
    public static extern int EVP_PKEY_derive_init(nint context);

    [DllImport(Library)]
    public static extern int EVP_PKEY_derive_set_peer_ex(nint context, nint peer, int isChecked);

    [DllImport(Library)]
    public static extern int EVP_PKEY_derive(nint context, ref byte secret, ref nuint size);

    [DllImport(Library)]
    public static extern nint EVP_CIPHER_fetch(nint library, nint algorithm, nint properties);

    [DllImport(Library)]
    public static extern nint EVP_CIPHER_CTX_new();

    [DllImport(Library)]
    public static extern void EVP_CIPHER_CTX_free(nint context);

    [DllImport(Library)]
    public static extern int EVP_CIPHER_CTX_ctrl(nint context, int type, int number, ref byte data);

    [DllImport(Library)]
    public static extern int EVP_CipherInit_ex(nint context, nint cipher, nint engine, ref byte key, nint nonce, int isEncoder);

    [DllImport(Library)]
    public static extern int EVP_CipherInit_ex(nint context, nint cipher, nint engine, nint key, ref byte nonce, int isEncoder);

    [DllImport(Library)]
    public static extern int EVP_CipherUpdate(nint context, ref byte output, out int written, ref byte input, int count);

    [DllImport(Library)]
    public static extern int EVP_CipherUpdate(nint context, nint output, out int written, ref byte input, int count);

    [DllImport(Library)]
    public static extern int EVP_CipherFinal_ex(nint context, ref byte output, out int written);

    [DllImport(Library)]
    public static extern nint EVP_MAC_fetch(nint library, nint algorithm, nint properties);

    [DllImport(Library)]
    public static extern nint EVP_MAC_CTX_new(nint mac);

    [DllImport(Library)]
    public static extern nint EVP_MAC_CTX_dup(nint context);

    [DllImport(Library)]
    public static extern void EVP_MAC_CTX_free(nint context);

    [DllImport(Library)]
    public static extern int EVP_MAC_CTX_set_params(nint context, [In] Parameter[] parameters);

    [DllImport(Library)]
    public static extern int EVP_MAC_init(nint context, ref byte key, nuint size, nint parameters);

    [DllImport(Library)]
    public static extern int EVP_MAC_update(nint context, ref byte data, nuint size);

    [DllImport(Library)]
    public static extern int EVP_MAC_final(nint context, ref byte output, out nuint written, nuint size);

    [DllImport(Library)]
    public static extern void ERR_clear_error();

    private static bool Look()
    {
        try
        {
            SHA256.HashData([], stackalloc byte[SHA256.HashSizeInBytes]);

            // Of a null; OpenSSL 3 is the first that has it.
            EVP_MAC_CTX_free(0);
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return false;
        }
    }

    /// <summary>OSSL_PARAM; the default ends an array of them.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct Parameter
    {
        private readonly nint _name;
        private readonly uint _type;
        private readonly nint _data;
        private readonly nuint _size;
        private readonly nuint _returned;

        private Parameter(nint name, uint type, nint data, nuint size) =>
            (_name, _type, _data, _size, _returned) = (name, type, data, size, 0);

        /// <summary>OSSL_PARAM_UTF8_STRING.</summary>
        public static Parameter Text(nint name, nint data, nuint size) => new(name, 4, data, size);

        /// <summary>OSSL_PARAM_OCTET_STRING.</summary>
        public static Parameter OctetString(nint name, nint data, nuint size) => new(name, 5, data, size);
    }
}
