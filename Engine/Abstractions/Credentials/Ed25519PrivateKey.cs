using System.Formats.Asn1;
using System.Security.Cryptography;

namespace TlsFsm.Abstractions.Credentials;

/// <summary>Reads an Ed25519 private key, for which the platform has no object.</summary>
internal static class Ed25519PrivateKey
{
    /// <summary>Bytes (RFC 8032 section 5.1.5).</summary>
    public const int Size = 32;

    /// <summary>RFC 8410 section 7: a OneAsymmetricKey, whose octets hold octets.</summary>
    /// <param name="encoded">Which names Ed25519 as its algorithm.</param>
    /// <exception cref="CryptographicException">It is malformed, or of another size.</exception>
    public static byte[] FromPkcs8(byte[] encoded)
    {
        try
        {
            var key = new AsnReader(encoded, AsnEncodingRules.BER).ReadSequence();
            key.ReadInteger();
            key.ReadSequence();
            var octets = new AsnReader(key.ReadOctetString(), AsnEncodingRules.BER).ReadOctetString();
            return octets.Length == Size
                ? octets : throw new CryptographicException($"An Ed25519 key has {Size} bytes, got {octets.Length}.");
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("The private key cannot be decoded: it is malformed.", e);
        }
    }
}
