using System.Security.Cryptography;

namespace TlsFsm.BogoShim.Setup;

/// <summary>A private key that answers on a later turn of the loop, as one in another process would.</summary>
/// <param name="key">Signs.</param>
/// <param name="answer">Takes what is to be done, now or later.</param>
internal sealed class ElsewhereSigner(AsymmetricAlgorithm key, Action<Action> answer) : ITlsSigner
{
    public void Sign(TlsSignatureScheme scheme, ReadOnlyMemory<byte> hash, TlsDecision<ReadOnlyMemory<byte>> decision) =>
        answer(() => decision.Complete(Signature(scheme, hash.Span)));

    private byte[] Signature(TlsSignatureScheme scheme, ReadOnlySpan<byte> hash) => key switch
    {
        ECDsa ecdsa => ecdsa.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence),
        RSA rsa => rsa.SignHash(
            hash.ToArray(), HashOf(hash.Length),
            scheme >= TlsSignatureScheme.RsaPssRsaeSha256 ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
        _ => throw new InvalidOperationException($"A key of type {key.GetType().Name} cannot sign."),
    };

    private static HashAlgorithmName HashOf(int size) => size switch
    {
        32 => HashAlgorithmName.SHA256,
        48 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };
}
