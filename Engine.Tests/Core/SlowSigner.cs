using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Tests.Core;

/// <summary>A private key that is somewhere else, and signs when the test says so.</summary>
internal sealed class SlowSigner : ITlsSigner
{
    private readonly X509Certificate2 _key;
    private TlsSignatureScheme _scheme;
    private ReadOnlyMemory<byte> _hash;

    public SlowSigner(TlsCredential credential, TlsCredential? other = null)
    {
        _key = (other ?? credential).Certificate;
        var bare = X509CertificateLoader.LoadCertificate(credential.Certificate.RawData);
        Credential = new TlsCredential(bare, this, credential.Intermediates);
    }

    public TlsCredential Credential { get; }

    public bool IsQuick { get; init; }

    /// <summary>Told of each question.</summary>
    public Action? WhenAsked { get; set; }

    public Exception? Failure { get; init; }

    public int Asked { get; private set; }

    public TlsDecision<ReadOnlyMemory<byte>>? Decision { get; private set; }

    public void Sign(TlsSignatureScheme scheme, ReadOnlyMemory<byte> hash, TlsDecision<ReadOnlyMemory<byte>> decision)
    {
        Asked++;
        (_scheme, _hash, Decision) = (scheme, hash, decision);
        WhenAsked?.Invoke();
        if (IsQuick)
            Answer();
    }

    public void Answer()
    {
        if (Failure is not null)
            Decision!.Fail(Failure);
        else
            Decision!.Complete(Signature());
    }

    private byte[] Signature()
    {
        using var ecdsa = _key.GetECDsaPrivateKey();
        using var rsa = _key.GetRSAPrivateKey();
        var hash = _hash.Length switch { 32 => HashAlgorithmName.SHA256, 48 => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };
        return ecdsa?.SignHash(_hash.ToArray(), DSASignatureFormat.Rfc3279DerSequence)
            ?? rsa!.SignHash(
                _hash.Span, hash,
                _scheme.ToString().StartsWith("RsaPss", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }
}
