using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Replay;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Identity;

/// <summary>Signs with a certificate's private key where it lies: the key need not be exportable.</summary>
internal sealed class NativeSigner(PresentableCredential credential, Certificate chain, int scheme) : TlsCredentialedSigner
{
    public Certificate Certificate => chain;

    public int Scheme => scheme;

    /// <summary>For a key that is somewhere else.</summary>
    public HandshakeTape? Tape { get; init; }

    public SignatureAndHashAlgorithm SignatureAndHashAlgorithm { get; } = SignatureScheme.GetSignatureAndHashAlgorithm(scheme);

    /// <summary>For a scheme that hashes by itself, and so wants the whole message.</summary>
    public TlsStreamSigner GetStreamSigner() => scheme == SignatureScheme.ed25519 ? new MessageSigner(Sign) : null!;

    private byte[] Sign(byte[] message)
    {
        if (credential.Source.Signer is { } signer)
            return Tape!.Sign(signer, TlsSignatureScheme.Ed25519, message);

        var ed25519 = new Ed25519Signer();
        ed25519.Init(forSigning: true, new Ed25519PrivateKeyParameters(credential.Source.Ed25519));
        ed25519.BlockUpdate(message, 0, message.Length);
        return ed25519.GenerateSignature();
    }

    public byte[] GenerateRawSignature(byte[] hash)
    {
        var certificate = credential.Source.Certificate;
        if (credential.Source.Signer is { } signer)
            return Tape!.Sign(signer, (TlsSignatureScheme)scheme, hash);

        try
        {
            // A key object of its own for each signature: the platform's are not made for several threads.
            if (!credential.IsRsa)
            {
                using var ecdsa = certificate.GetECDsaPrivateKey() ?? throw new CryptographicException("The private key is gone.");
                return ecdsa.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
            }

            using var rsa = certificate.GetRSAPrivateKey() ?? throw new CryptographicException("The private key is gone.");
            return rsa.SignHash(
                hash, HashName(hash.Length), SignatureScheme.IsRsaPss(scheme) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException e)
        {
            throw Faults.Carry(OwnFaults.Internal(
                $"The private key of the certificate {CertificateText.NameOf(certificate)} did not sign: {e.Message}", e));
        }
    }

    private static HashAlgorithmName HashName(int size) => size switch
    {
        32 => HashAlgorithmName.SHA256,
        48 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

#pragma warning disable CA1001 // A stream in memory holds nothing but memory, and BouncyCastle disposes of nothing.
    /// <summary>Gathers what is signed.</summary>
    private sealed class MessageSigner(Func<byte[], byte[]> sign) : TlsStreamSigner
#pragma warning restore CA1001
    {
        private readonly MemoryStream _message = new();

        public Stream Stream => _message;

        public byte[] GetSignature() => sign(_message.ToArray());
    }
}
