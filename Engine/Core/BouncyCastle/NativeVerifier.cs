using System.Security.Cryptography;
using Org.BouncyCastle.Tls.Crypto;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>Checks one signature with the platform, then puts the key back (<see cref="PublicKeys"/>): BouncyCastle asks once, and disposes of nothing.</summary>
internal sealed class NativeVerifier(AsymmetricAlgorithm key, PublicKeys.Name name, HashAlgorithmName hash, RSASignaturePadding padding) : Tls13Verifier, IDisposable
{
    private readonly MemoryStream _signed = new();
    private AsymmetricAlgorithm? _key = key;

    /// <summary>Takes what was signed.</summary>
    public Stream Stream => _signed;

    public bool VerifySignature(byte[] signature) => VerifyHash(CryptographicOperations.HashData(hash, _signed.ToArray()), signature);

    public bool VerifyHash(byte[] digest, byte[] signature)
    {
        ObjectDisposedException.ThrowIf(_key is null, this);
        try
        {
            return _key is ECDsa ecdsa
                ? ecdsa.VerifyHash(digest, signature, DSASignatureFormat.Rfc3279DerSequence)
                : ((RSA)_key).VerifyHash(digest, signature, hash, padding);
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        if (_key is { } used)
            PublicKeys.Return(name, used);
        _key = null;
        _signed.Dispose();
    }
}
