using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>Certificates as a test spells them out: any key, any signature, any extension.</summary>
internal sealed class MadeCertificate
{
    public string Subject { get; init; } = "CN=leaf";

    /// <summary>Null: its own issuer.</summary>
    public X509Certificate2? Issuer { get; init; }

    /// <summary>What is in it in place of its key's own encoding.</summary>
    public PublicKey? PublicKey { get; init; }

    public AsymmetricAlgorithm? Key { get; init; }

    /// <summary>How it says that it is signed, in DER; null for what it is.</summary>
    public byte[]? Algorithm { get; init; }

    public bool IsAuthority { get; init; }

    public IReadOnlyList<string> Names { get; init; } = [];

    public string? Usage { get; init; }

    public X509KeyUsageFlags? KeyUsage { get; init; }

    public bool HasKeyIdentifier { get; init; } = true;

    public IReadOnlyList<X509Extension> Extensions { get; init; } = [];

    public DateTimeOffset From { get; init; } = DateTimeOffset.UtcNow.AddDays(-10);

    public DateTimeOffset To { get; init; } = DateTimeOffset.UtcNow.AddDays(80);

    /// <summary>Makes it, with its private key where that is one of the platform's.</summary>
    public X509Certificate2 Make()
    {
        var key = Key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var shown = PublicKey ?? new PublicKey(key);
        var request = new CertificateRequest(new X500DistinguishedName(Subject), shown, HashAlgorithmName.SHA256);
        if (IsAuthority)
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        if (KeyUsage is { } usage)
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        if (Usage is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(Usage)], false));
        if (Names.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var name in Names)
            {
                if (System.Net.IPAddress.TryParse(name, out var address))
                    names.AddIpAddress(address);
                else
                    names.AddDnsName(name);
            }

            request.CertificateExtensions.Add(names.Build());
        }

        foreach (var extension in Extensions)
            request.CertificateExtensions.Add(extension);
        if (HasKeyIdentifier)
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(shown, false));
        if (HasKeyIdentifier && Issuer?.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Any() == true)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Issuer, true, false));

        AsymmetricAlgorithm signing = Issuer is null
            ? key : (AsymmetricAlgorithm?)Issuer.GetECDsaPrivateKey() ?? Issuer.GetRSAPrivateKey()!;
        var bare = request.Create(
            Issuer?.SubjectName ?? new X500DistinguishedName(Subject), new Generator(signing, Algorithm), From, To,
            RandomNumberGenerator.GetBytes(8));
        return PublicKey is not null ? bare : key is ECDsa ecdsa ? bare.CopyWithPrivateKey(ecdsa) : bare.CopyWithPrivateKey((RSA)key);
    }

    /// <summary>Signs as the platform does, and says whatever it was told to say of it.</summary>
    private sealed class Generator(AsymmetricAlgorithm key, byte[]? algorithm) : X509SignatureGenerator
    {
        private readonly X509SignatureGenerator _inner =
            key is ECDsa ecdsa ? CreateForECDsa(ecdsa) : CreateForRSA((RSA)key, RSASignaturePadding.Pkcs1);

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) =>
            algorithm ?? _inner.GetSignatureAlgorithmIdentifier(hashAlgorithm);

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => _inner.SignData(data, hashAlgorithm);

        protected override PublicKey BuildPublicKey() => _inner.PublicKey;
    }
}
