using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Tls.Crypto;

namespace TlsFsm.Core.BouncyCastle.Identity;

#pragma warning disable CA1001 // A stream in memory holds nothing but memory, and BouncyCastle disposes of nothing.
/// <summary>Checks one signature over what it is given.</summary>
internal abstract class SignatureVerifier : Tls13Verifier
#pragma warning restore CA1001
{
    private readonly MemoryStream _signed = new();

    /// <summary>Takes what was signed.</summary>
    public Stream Stream => _signed;

    public bool VerifySignature(byte[] signature) => Verify(_signed.ToArray(), signature);

    /// <summary>Checks a signature over a message.</summary>
    public abstract bool Verify(byte[] message, byte[] signature);
}

/// <summary>Checks an Ed25519 signature (RFC 8032 section 5.1.7) with BouncyCastle: the platform has none.</summary>
internal sealed class Ed25519Verifier(Ed25519PublicKeyParameters key) : SignatureVerifier
{
    public override bool Verify(byte[] message, byte[] signature)
    {
        var verifier = new Ed25519Signer();
        verifier.Init(forSigning: false, key);
        verifier.BlockUpdate(message, 0, message.Length);
        return verifier.VerifySignature(signature);
    }
}

/// <summary>
/// Checks a signature over a hash with the platform, then lets go of the key: BouncyCastle asks once, and disposes of nothing.
/// </summary>
internal sealed class NativeVerifier(
    AsymmetricAlgorithm key, HashAlgorithmName hash, RSASignaturePadding padding) : SignatureVerifier, IDisposable
{
    private bool _isDisposed;

    /// <summary>Takes the key when it was used; null: it is disposed of.</summary>
    public Action<AsymmetricAlgorithm>? Used { get; init; }

    public override bool Verify(byte[] message, byte[] signature) => VerifyHash(CryptographicOperations.HashData(hash, message), signature);

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
        if (_isDisposed)
            return;

        _isDisposed = true;
        if (Used is { } use)
            use(key);
        else
            key.Dispose();
    }
}
