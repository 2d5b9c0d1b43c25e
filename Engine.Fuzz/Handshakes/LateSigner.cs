using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>A key elsewhere, whose signature comes on a later turn: the handshake is gone through again then.</summary>
internal sealed class LateSigner(TlsCredential credential, Action<Action> later) : ITlsSigner
{
    public void Sign(TlsSignatureScheme scheme, ReadOnlyMemory<byte> hash, TlsDecision<ReadOnlyMemory<byte>> decision)
    {
        using var ecdsa = credential.Certificate.GetECDsaPrivateKey();
        using var rsa = credential.Certificate.GetRSAPrivateKey();
        var name = hash.Length switch
        {
            32 => HashAlgorithmName.SHA256,
            48 => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        };
        var signature = ecdsa?.SignHash(hash.Span, DSASignatureFormat.Rfc3279DerSequence) ?? rsa!.SignHash(
            hash.Span, name,
            scheme.ToString().Contains("Pss", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
        later(() => decision.Complete(signature));
    }
}
