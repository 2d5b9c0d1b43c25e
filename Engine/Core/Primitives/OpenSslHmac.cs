using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace TlsFsm.Core.Primitives;

/// <summary>
/// HMAC by the system's OpenSSL, which .NET's is too, keyed again and again: .NET makes an object for each key, and OpenSSL looks for its
/// hash by name each time. Decision 0009 says more.
/// </summary>
internal sealed class OpenSslHmac : SafeHandle
{
    // What each copies, for the life of the process; zero where there is none.
    private static readonly nint
        OfSha256 = MakePattern("SHA256"), OfSha384 = MakePattern("SHA384"), OfSha512 = MakePattern("SHA512");

    /// <summary>Of no hash: <see cref="Make"/> gives it one.</summary>
    public OpenSslHmac()
        : base(0, ownsHandle: true) { }

    public override bool IsInvalid => handle == 0;

    /// <summary>Makes one.</summary>
    /// <returns>Null where there is none of this hash.</returns>
    public static OpenSslHmac? Make(HashAlgorithmName name)
    {
        var pattern = name == HashAlgorithmName.SHA256 ? OfSha256 : name == HashAlgorithmName.SHA384 ? OfSha384
            : name == HashAlgorithmName.SHA512 ? OfSha512 : 0;
        if (pattern == 0)
            return null;

        var made = new OpenSslHmac();
        made.SetHandle(LibCrypto.EVP_MAC_CTX_dup(pattern));
        return made;
    }

    /// <summary>Computes one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="data">What is hashed.</param>
    /// <param name="output">Room for the whole value, which comes to its beginning.</param>
    /// <returns>False when it failed, or would not take this key.</returns>
    public bool TryCompute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> output)
    {
        // Without a key OpenSSL would take the one before.
        if (key.IsEmpty || data.IsEmpty || IsInvalid)
            return false;

        var isHeld = false;
        try
        {
            DangerousAddRef(ref isHeld);
            var isDone = LibCrypto.EVP_MAC_init(handle, ref MemoryMarshal.GetReference(key), (nuint)key.Length, 0) == 1
                && LibCrypto.EVP_MAC_update(handle, ref MemoryMarshal.GetReference(data), (nuint)data.Length) == 1
                && LibCrypto.EVP_MAC_final(handle, ref MemoryMarshal.GetReference(output), out _, (nuint)output.Length) == 1;
            if (!isDone)
                LibCrypto.ERR_clear_error();
            return isDone;
        }
        finally
        {
            if (isHeld)
                DangerousRelease();
        }
    }

    protected override bool ReleaseHandle()
    {
        // Wipes the key.
        LibCrypto.EVP_MAC_CTX_free(handle);
        return true;
    }

    private static nint MakePattern(string hash)
    {
        if (!LibCrypto.IsHere)
            return 0;

        var (mac, digest, value) = (Text("HMAC"), Text("digest"), Text(hash));
        try
        {
            // The context keeps what was fetched.
            var context = LibCrypto.EVP_MAC_CTX_new(LibCrypto.EVP_MAC_fetch(0, mac, 0));
            if (context == 0 || LibCrypto.EVP_MAC_CTX_set_params(
                context, [LibCrypto.Parameter.Text(digest, value, (nuint)hash.Length), default]) == 1)
                return context;

            LibCrypto.EVP_MAC_CTX_free(context);
            return 0;
        }
        finally
        {
            LibCrypto.ERR_clear_error();
            foreach (var text in (ReadOnlySpan<nint>)[mac, digest, value])
                Marshal.FreeCoTaskMem(text);
        }

        static nint Text(string content) => Marshal.StringToCoTaskMemUTF8(content);
    }
}
