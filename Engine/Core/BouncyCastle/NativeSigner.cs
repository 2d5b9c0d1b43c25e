using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using TlsFsm.Abstractions;
using TlsException = TlsFsm.Abstractions.TlsException;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>Signs with a certificate's private key where it lies: the key need not be exportable.</summary>
internal sealed class NativeSigner(PresentableCredential credential, Certificate chain, int scheme) : TlsCredentialedSigner
{
    public Certificate Certificate => chain;

    public SignatureAndHashAlgorithm SignatureAndHashAlgorithm { get; } = SignatureScheme.GetSignatureAndHashAlgorithm(scheme);

    public TlsStreamSigner GetStreamSigner() => null!;

    public byte[] GenerateRawSignature(byte[] hash)
    {
        var certificate = credential.Source.Certificate;
        try
        {
            // A key object of its own for each signature: the platform's are not made for several threads.
            if (credential.IsEcdsa)
            {
                using var ecdsa = certificate.GetECDsaPrivateKey() ?? throw new CryptographicException("The private key is gone.");
                return ecdsa.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
            }

            using var rsa = certificate.GetRSAPrivateKey() ?? throw new CryptographicException("The private key is gone.");
            return rsa.SignHash(hash, HashName(hash.Length), SignatureScheme.IsRsaPss(scheme) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException e)
        {
            throw Faults.Carry(new TlsException(
                $"The private key of the certificate '{certificate.Subject}' did not sign: {e.Message}", CloseReason.Failed, TlsFault.Internal, TlsAlert.InternalError, e));
        }
    }

    private static HashAlgorithmName HashName(int size) => size switch
    {
        32 => HashAlgorithmName.SHA256,
        48 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };
}
