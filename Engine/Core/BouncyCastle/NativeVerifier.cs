using System.Security.Cryptography;
using Org.BouncyCastle.Tls.Crypto;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>Checks one signature with the platform, then lets go of the key: BouncyCastle asks once, and disposes of nothing.</summary>
internal sealed class NativeVerifier(AsymmetricAlgorithm key, HashAlgorithmName hash, RSASignaturePadding padding) : Tls13Verifier, IDisposable
{
    private readonly MemoryStream _signed = new();
    private bool _isDisposed;

    /// <summary>Takes the key when it was used; null: it is disposed of.</summary>
    public Action<AsymmetricAlgorithm>? Used { get; init; }

    /// <summary>Takes what was signed.</summary>
    public Stream Stream => _signed;

    public bool VerifySignature(byte[] signature) => VerifyHash(CryptographicOperations.HashData(hash, _signed.ToArray()), signature);

    public bool VerifyHash(byte[] digest, byte[] signature)
    {
        try
        {
            return key is ECDsa ecdsa
                ? ecdsa.VerifyHash(digest, signature, DSASignatureFormat.Rfc3279DerSequence)
                : ((RSA)key).VerifyHash(digest, signature, hash, padding);
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        _signed.Dispose();
        if (_isDisposed)
            return;

        _isDisposed = true;
        if (Used is { } use)
            use(key);
        else
            key.Dispose();
    }
}
