using System.Formats.Asn1;
using System.Security.Cryptography;

namespace TlsFsm.Abstractions.Credentials;

/// <summary>Reads an Ed25519 private key, for which the platform has no object.</summary>
internal static class Ed25519PrivateKey
{
    /// <summary>Bytes (RFC 8032 section 5.1.5).</summary>
    public const int Size = 32;

    private const string Oid = "1.3.101.112";

    /// <summary>The key in a PEM text.</summary>
    /// <exception cref="CryptographicException">There is none, or it is encrypted or of another kind.</exception>
    public static byte[] FromPem(string text)
    {
        if (!PemEncoding.TryFind(text, out var fields))
            throw new CryptographicException("There is no PEM in the file of the private key.");
        if (text[fields.Label] is var label && label != "PRIVATE KEY")
            throw new CryptographicException($"The private key is in PEM as {label}; it is needed as PRIVATE KEY (PKCS#8, not encrypted).");

        try
        {
            return FromPkcs8(Convert.FromBase64String(text[fields.Base64Data]));
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("The private key cannot be decoded.", e);
        }
    }

    /// <summary>RFC 8410 section 7: a OneAsymmetricKey, whose octets hold octets.</summary>
    private static byte[] FromPkcs8(byte[] encoded)
    {
        var key = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
        key.ReadInteger();
        var algorithm = key.ReadSequence().ReadObjectIdentifier();
        if (algorithm != Oid)
            throw new CryptographicException($"The private key is of another kind ({algorithm}) than the certificate, which has Ed25519.");

        var octets = new AsnReader(key.ReadOctetString(), AsnEncodingRules.DER).ReadOctetString();
        return octets.Length == Size ? octets : throw new CryptographicException($"An Ed25519 key has {Size} bytes, got {octets.Length}.");
    }
}
