using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Credentials;
using TlsFsm.Abstractions.Words;

namespace TlsFsm;

/// <summary>What a side proves its identity with: a certificate, its private key, and the intermediates sent with it.</summary>
/// <remarks>
/// The key stays where it is: signing goes through the certificate's own provider, so it need not be exportable. Share one instance among
/// connections. Immutable; refine one with <c>with</c>, as in <c>TlsCredential.FromPemFiles(chain, key) with { Staple = staple }</c>.
/// </remarks>
public sealed record TlsCredential
{
    private const string RsaKey = "1.2.840.113549.1.1.1";
    private const string EcdsaKey = "1.2.840.10045.2.1";
    private const string Ed25519Key = "1.3.101.112";

    // P-256, P-384, P-521 as a key's parameters: their object identifiers in DER. A curve's size alone would not tell them from others.
    private static readonly byte[][] Curves =
    [
        [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07],
        [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22],
        [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23],
    ];

    /// <summary>A certificate with its private key.</summary>
    /// <param name="certificate">ECDSA (P-256, P-384, P-521) or RSA, with a private key that can sign.</param>
    /// <param name="intermediates">Sent after the certificate, in order; without the root.</param>
    /// <exception cref="ArgumentException">No private key, or a key of another kind.</exception>
    public TlsCredential(X509Certificate2 certificate, X509Certificate2Collection? intermediates = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (!certificate.HasPrivateKey)
            throw new ArgumentException(
                $"The certificate '{SafeText.Of(certificate.Subject, 160)}' has no private key.", nameof(certificate));

        CheckKind(certificate);
        Certificate = certificate;
        Intermediates = intermediates ?? [];
    }

    /// <summary>A certificate with an Ed25519 key, which the platform has no object for.</summary>
    /// <param name="certificate">With an Ed25519 public key.</param>
    /// <param name="ed25519Key">The private key: 32 bytes (RFC 8032 section 5.1.5). Copied, and kept in memory.</param>
    /// <param name="intermediates">Sent after the certificate, in order; without the root.</param>
    /// <exception cref="ArgumentException">
    /// The certificate's key is of another kind, or the private key of another size. Whether the two belong together is seen when it signs.
    /// </exception>
    public TlsCredential(X509Certificate2 certificate, ReadOnlySpan<byte> ed25519Key, X509Certificate2Collection? intermediates = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (certificate.PublicKey.Oid.Value != Ed25519Key)
            throw new ArgumentException($"The key of the certificate '{certificate.Subject}' is not Ed25519.", nameof(certificate));
        if (ed25519Key.Length != Ed25519PrivateKey.Size)
            throw new ArgumentException($"An Ed25519 key has {Ed25519PrivateKey.Size} bytes, got {ed25519Key.Length}.", nameof(ed25519Key));

        Certificate = certificate;
        Ed25519 = ed25519Key.ToArray();
        Intermediates = intermediates ?? [];
    }

    /// <summary>A certificate whose private key is somewhere else.</summary>
    /// <param name="certificate">ECDSA (P-256, P-384, P-521), Ed25519 or RSA; its private key is not used.</param>
    /// <param name="signer">Signs with the key that belongs to the certificate.</param>
    /// <param name="intermediates">Sent after the certificate, in order; without the root.</param>
    /// <exception cref="ArgumentException">A key of another kind.</exception>
    public TlsCredential(X509Certificate2 certificate, ITlsSigner signer, X509Certificate2Collection? intermediates = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(signer);
        CheckKind(certificate);
        Certificate = certificate;
        Signer = signer;
        Intermediates = intermediates ?? [];
    }

    /// <summary>Who signs in place of the certificate's private key. Null: the private key.</summary>
    internal ITlsSigner? Signer { get; }

    /// <summary>The private key if it is Ed25519 and here; else null.</summary>
    internal byte[]? Ed25519 { get; }

    /// <summary>The certificate, with its private key unless that is Ed25519 or an <see cref="ITlsSigner"/> has it.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Sent after the certificate, in order.</summary>
    public X509Certificate2Collection Intermediates { get; }

    /// <summary>The OCSP response that a server sends along. Null: none.</summary>
    public OcspStaple? Staple { get; init; }

    /// <summary>Whether the bare public key is presented to peers that prefer it to a certificate (RFC 7250). Default false.</summary>
    public bool OfferRawPublicKey { get; init; }

    /// <summary>
    /// Signature schemes that this credential signs with, most wanted first, in place of the policy's. Those that do not fit the key are
    /// left out.
    /// </summary>
    /// <value>
    /// Default null: all that the policy has, in its order. For keys that cannot do all: a smart card without PSS, say. What the peer may
    /// sign with is the policy's matter alone.
    /// </value>
    public IReadOnlyList<TlsSignatureScheme>? SignatureSchemes { get; init; }

    /// <summary>Whether it is presented only to a peer which names an authority (RFC 8446 section 4.2.4) that its chain leads to.</summary>
    /// <value>Default false. Of several that fit, one that leads to a named authority is presented first anyway.</value>
    public bool MustMatchIssuer { get; init; }

    /// <summary>Whether it is presented though a peer would refuse it. For tests, and for peers that look at less.</summary>
    /// <value>
    /// Default false: a credential that is too weak for the policy, not for the role, or not to sign with is an
    /// <see cref="ArgumentException"/> when the connection is made.
    /// </value>
    public bool DangerousPresentUnfit { get; init; }

    /// <summary>Whether there is no certificate at all, only a key: see <see cref="FromKey(AsymmetricAlgorithm)"/>.</summary>
    public bool IsKeyOnly { get; private init; }

    /// <summary>A key without a certificate, for peers that take it bare (RFC 7250) and for nobody else.</summary>
    /// <param name="key">
    /// ECDSA (P-256, P-384, P-521) or RSA, that can sign. Its owner remains the caller; it is copied, or kept if it cannot be.
    /// </param>
    /// <exception cref="ArgumentException">A key of another kind.</exception>
    public static TlsCredential FromKey(AsymmetricAlgorithm key)
    {
        ArgumentNullException.ThrowIfNull(key);

        var certificate = key switch
        {
            ECDsa ecdsa => Envelope(key).CopyWithPrivateKey(ecdsa),
            RSA rsa => Envelope(key).CopyWithPrivateKey(rsa),
            _ => throw new ArgumentException("The key is neither ECDSA nor RSA.", nameof(key)),
        };
        return new TlsCredential(certificate) { IsKeyOnly = true, OfferRawPublicKey = true };
    }

    /// <summary>A key without a certificate whose private part is somewhere else.</summary>
    /// <param name="key">Its public part: ECDSA (P-256, P-384, P-521) or RSA. Its owner remains the caller; it is copied.</param>
    /// <param name="signer">Signs with the private part.</param>
    /// <exception cref="ArgumentException">A key of another kind.</exception>
    public static TlsCredential FromKey(AsymmetricAlgorithm key, ITlsSigner signer)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(signer);
        return new TlsCredential(Envelope(key), signer) { IsKeyOnly = true, OfferRawPublicKey = true };
    }

    /// <summary>Reads a PEM file of certificates, in any order, and a PEM file with the key of one of them.</summary>
    /// <param name="certificatePath">The certificate and what is sent along.</param>
    /// <param name="keyPath">The key; may be the same file.</param>
    /// <param name="password">Of an encrypted key; null for none.</param>
    /// <exception cref="CryptographicException">As <see cref="FromPem"/>.</exception>
    /// <exception cref="ArgumentException">As <see cref="FromPem"/>, or a path that names no file.</exception>
    /// <exception cref="IOException">A file is not there, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
#pragma warning disable RS0030 // Files are what it is for; the platform's own factory reads them as this does.
    public static TlsCredential FromPemFiles(string certificatePath, string keyPath, string? password = null) =>
        FromPem(File.ReadAllText(certificatePath), File.ReadAllText(keyPath), password);

    /// <summary>Reads a PKCS#12 store (PFX) from a file.</summary>
    /// <inheritdoc cref="FromPfx"/>
    public static TlsCredential FromPfxFile(string path, string? password = null) => FromPfx(File.ReadAllBytes(path), password);
#pragma warning restore RS0030

    /// <summary>Reads certificates, in any order, and the key of one of them, all in PEM.</summary>
    /// <param name="certificates">The certificate and what is sent along; put in order by who has signed whom.</param>
    /// <param name="key">
    /// PKCS#8, plain or encrypted, or the older forms for ECDSA and RSA alone. What else is in the text is passed over.
    /// </param>
    /// <param name="password">Of an encrypted key; null for none.</param>
    /// <exception cref="CryptographicException">
    /// There is no certificate or no key, the password is wrong, or the key belongs to none of the certificates: the message says which.
    /// </exception>
    /// <exception cref="ArgumentException">The key is of a kind that is not used here.</exception>
    public static TlsCredential FromPem(string certificates, string key, string? password = null)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        ArgumentNullException.ThrowIfNull(key);
        return CredentialReader.FromPem(certificates, key, password);
    }

    /// <summary>Reads a PKCS#12 store (PFX): its certificate that has a key, with the others as its chain.</summary>
    /// <param name="data">The store.</param>
    /// <param name="password">Null for none.</param>
    /// <exception cref="CryptographicException">It is none, the password is wrong, or there is no key in it.</exception>
    /// <exception cref="ArgumentException">The key is of a kind that is not used here.</exception>
    public static TlsCredential FromPfx(byte[] data, string? password = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        return CredentialReader.FromPfx(data, password);
    }

    /// <summary>A certificate without intermediates.</summary>
    public static TlsCredential FromX509Certificate2(X509Certificate2 certificate) => new(certificate);

    /// <summary>A certificate without intermediates.</summary>
    public static implicit operator TlsCredential(X509Certificate2 certificate) => new(certificate);

    /// <summary>Whether its certificate, or one of its intermediates, is issued by one of these: names in DER.</summary>
    internal bool LeadsTo(IReadOnlyCollection<byte[]> authorities) => Intermediates.Prepend(Certificate).Any(
        certificate => authorities.Any(issuer => issuer.AsSpan().SequenceEqual(certificate.IssuerName.RawData)));

    /// <summary>
    /// What it is known by where a session must not be gone on with under another one: the hash of what a peer sees of it.
    /// </summary>
    internal byte[] Identity => SHA256.HashData(IsKeyOnly ? Certificate.PublicKey.ExportSubjectPublicKeyInfo() : Certificate.RawData);

    /// <summary>
    /// A certificate is the form in which the platform carries a key. This one is never sent, and nobody could tell who has signed it.
    /// </summary>
    private static X509Certificate2 Envelope(AsymmetricAlgorithm key)
    {
        var name = new X500DistinguishedName("CN=raw public key");
        using var seal = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest(name, new PublicKey(key), HashAlgorithmName.SHA256).Create(
            name, X509SignatureGenerator.CreateForECDsa(seal), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100), [1]);
    }

    private static void CheckKind(X509Certificate2 certificate)
    {
        if (!IsUsable(certificate.PublicKey))
            throw new ArgumentException(
                $"The key of the certificate '{certificate.Subject}' "
                + $"({certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value}) is neither ECDSA on P-256, P-384, "
                + "P-521 nor Ed25519 nor RSA.", nameof(certificate));
    }

    private static bool IsUsable(PublicKey key) => key.Oid.Value switch
    {
        RsaKey or Ed25519Key => true,
        EcdsaKey => Curves.Any(curve => key.EncodedParameters?.RawData.AsSpan().SequenceEqual(curve) == true),
        _ => false,
    };
}
