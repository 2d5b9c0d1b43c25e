using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Tests.Support;

/// <summary>
/// Certificates that are wrong in ways which <see cref="TestCertificates"/> has not, for servers and for clients, all under its root. Made
/// on first use and shared: do not dispose what comes from here.
/// </summary>
internal static class BadCertificates
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private static readonly ConcurrentDictionary<string, Lazy<TlsCredential>> Made = new();

    /// <summary>A server's leaf for <see cref="TestCertificates.Host"/>, with what must be sent along.</summary>
    public static TlsCredential Server(WrongLeaf wrong) => Get(wrong, ServerUsage, [], []);

    /// <summary>A client's leaf, with what must be sent along.</summary>
    public static TlsCredential Client(WrongLeaf wrong) => Get(wrong, ClientUsage, [], []);

    /// <summary>A sound leaf that says where its revocation can be looked up.</summary>
    /// <param name="isClient">For a client, or for a server.</param>
    /// <param name="responder">Its OCSP responder; null without one.</param>
    /// <param name="list">Where its revocation list is; null without one.</param>
    public static TlsCredential Revocable(bool isClient, Uri? responder, Uri? list) =>
        Get(WrongLeaf.Nothing, isClient ? ClientUsage : ServerUsage, responder is null ? [] : [responder], list is null ? [] : [list]);

    private static TlsCredential Get(WrongLeaf wrong, string usage, Uri[] responders, Uri[] lists) => Made.GetOrAdd(
        $"{wrong} {usage} {string.Join(' ', responders.Concat(lists).Select(one => one.ToString()))}",
        static (_, one) => new Lazy<TlsCredential>(() => Make(one.wrong, one.usage, one.responders, one.lists)),
        (wrong, usage, responders, lists)).Value;

    private static TlsCredential Make(WrongLeaf wrong, string usage, Uri[] responders, Uri[] lists)
    {
        // Of the same usage, so that being no authority is all that is wrong with it.
        var leaf = (usage == ClientUsage ? TestCertificates.Client : TestCertificates.Server).Certificate;
        var issuer = wrong switch
        {
            WrongLeaf.NoAuthority => leaf,
            WrongLeaf.NameConstraints => Constrained.Value,
            _ => TestCertificates.Intermediate,
        };
        X509Certificate2Collection others = wrong switch
        {
            WrongLeaf.NoAuthority => [Public(leaf), Public(TestCertificates.Intermediate)],
            WrongLeaf.NameConstraints => [Public(Constrained.Value)],
            _ => [Public(TestCertificates.Intermediate)],
        };
        using AsymmetricAlgorithm key = wrong == WrongLeaf.WeakKey ? RSA.Create(1024) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = $"CN=leaf {wrong}";
        var request = key is ECDsa ecdsa
            ? new CertificateRequest(subject, ecdsa, HashAlgorithmName.SHA256)
            : new CertificateRequest(subject, (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        if (responders.Length > 0)
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(responders.Select(one => one.ToString()), null));
        if (lists.Length > 0)
            request.CertificateExtensions.Add(
                CertificateRevocationListBuilder.BuildCrlDistributionPointExtension(lists.Select(one => one.ToString())));
        if (wrong == WrongLeaf.CriticalExtension)
            request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.55555.2", [0x05, 0x00], critical: true));
        if (wrong == WrongLeaf.Bulky)
            request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.55555.1", new byte[100_000], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(TestCertificates.Host);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());

        var (from, to) = wrong switch
        {
            WrongLeaf.NotYetValid => (5, 10),
            WrongLeaf.AboutToExpire => (-28, 2),
            _ => (-1, 90),
        };
        using var bare = Sign(
            request, issuer, from, to, wrong == WrongLeaf.WeakSignature ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        using var certificate = wrong == WrongLeaf.BadSignature ? Tampered(bare) : Public(bare);
        return new TlsCredential(key is ECDsa own ? certificate.CopyWithPrivateKey(own) : certificate.CopyWithPrivateKey((RSA)key), others)
        {
            DangerousPresentUnfit = wrong is WrongLeaf.WeakKey or WrongLeaf.WeakSignature,
        };
    }

    private static X509Certificate2 Sign(CertificateRequest request, X509Certificate2 issuer, int from, int to, HashAlgorithmName hash)
    {
        var now = TimeProvider.System.GetUtcNow();
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        return request.Create(
            issuer.SubjectName, new OfHash(issuer.GetECDsaPrivateKey()!, hash), now.AddDays(from), now.AddDays(to),
            RandomNumberGenerator.GetBytes(8));
    }

    /// <summary>The last byte of a certificate is its signature's.</summary>
    private static X509Certificate2 Tampered(X509Certificate2 certificate)
    {
        var der = (byte[])certificate.RawData.Clone();
        der[^1] ^= 1;
        return X509CertificateLoader.LoadCertificate(der);
    }

    private static X509Certificate2 Public(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);

    private static readonly Lazy<X509Certificate2> Constrained = new(() =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=TlsFsm test constrained intermediate", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));

        // NameConstraints { permittedSubtrees [0] { dNSName "permitted.example" } }
        byte[] name = [0x82, 0x11, .. "permitted.example"u8];
        byte[] subtree = [0x30, (byte)name.Length, .. name];
        byte[] permitted = [0xA0, (byte)subtree.Length, .. subtree];
        request.CertificateExtensions.Add(new X509Extension("2.5.29.30", [0x30, (byte)permitted.Length, .. permitted], critical: true));
        using var bare = Sign(request, TestCertificates.Root, -1, 90, HashAlgorithmName.SHA256);
        return bare.CopyWithPrivateKey(key);
    });

    /// <summary>
    /// Signs with the hash that it is made with, whatever it is asked for: requests refuse SHA-1 themselves on some systems.
    /// </summary>
    private sealed class OfHash(ECDsa key, HashAlgorithmName hash) : X509SignatureGenerator
    {
        private readonly X509SignatureGenerator _inner = CreateForECDsa(key);

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => hash == HashAlgorithmName.SHA1
            ? [0x30, 0x09, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01]
            : _inner.GetSignatureAlgorithmIdentifier(hash);

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) =>
            key.SignData(data, hash, DSASignatureFormat.Rfc3279DerSequence);

        protected override PublicKey BuildPublicKey() => _inner.PublicKey;
    }
}
