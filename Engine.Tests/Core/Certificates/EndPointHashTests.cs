using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Core.Certificates;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>Which hash of a certificate <c>tls-server-end-point</c> is, by how the certificate is signed (RFC 5929 section 4.1).</summary>
public sealed class EndPointHashTests
{
    private const string Pss = "1.2.840.113549.1.1.10";

    [TestCase("1.2.840.113549.1.1.4", 32, TestName = "MD5_with_RSA_counts_as_SHA_256")]
    [TestCase("1.2.840.113549.1.1.5", 32, TestName = "SHA_1_with_RSA_counts_as_SHA_256")]
    [TestCase("1.2.840.10045.4.1", 32, TestName = "SHA_1_with_ECDSA_counts_as_SHA_256")]
    [TestCase("1.2.840.113549.1.1.11", 32, TestName = "SHA_256_with_RSA_is_itself")]
    [TestCase("1.2.840.10045.4.3.2", 32, TestName = "SHA_256_with_ECDSA_is_itself")]
    [TestCase("1.2.840.113549.1.1.12", 48, TestName = "SHA_384_with_RSA_is_itself")]
    [TestCase("1.2.840.10045.4.3.3", 48, TestName = "SHA_384_with_ECDSA_is_itself")]
    [TestCase("1.2.840.113549.1.1.13", 64, TestName = "SHA_512_with_RSA_is_itself")]
    [TestCase("1.2.840.10045.4.3.4", 64, TestName = "SHA_512_with_ECDSA_is_itself")]
    [TestCase("1.3.101.112", 0, TestName = "Ed25519_names_no_hash")]
    [TestCase("1.2.3.4", 0, TestName = "What_nobody_knows_names_no_hash")]
    public void The_hash_of_the_signature_is_taken(string algorithm, int size) => AssertHash(Identifier(algorithm, null), size);

    [TestCase("1.3.14.3.2.26", 32, TestName = "PSS_with_SHA_1_counts_as_SHA_256")]
    [TestCase("2.16.840.1.101.3.4.2.1", 32, TestName = "PSS_with_SHA_256_is_SHA_256")]
    [TestCase("2.16.840.1.101.3.4.2.2", 48, TestName = "PSS_with_SHA_384_is_SHA_384")]
    [TestCase("2.16.840.1.101.3.4.2.3", 64, TestName = "PSS_with_SHA_512_is_SHA_512")]
    [TestCase("2.16.840.1.101.3.4.2.4", 0, TestName = "PSS_with_another_hash_has_no_binding")]
    public void PSS_names_its_hash_among_its_parameters(string hash, int size) => AssertHash(
        Identifier(Pss, writer =>
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                WriteIdentifier(writer, hash);
        }),
        size);

    [Test]
    public void PSS_that_names_none_means_SHA_1_which_counts_as_SHA_256()
    {
        AssertHash(Identifier(Pss, null), 32);
        AssertHash(Identifier(Pss, _ => { }), 32);
        AssertHash(
            Identifier(Pss, writer =>
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
                    writer.WriteInteger(64);
            }),
            32);
    }

    private static void AssertHash(byte[] algorithm, int size)
    {
        using var certificate = new MadeCertificate { Algorithm = algorithm }.Make();

        Assert.That(EndPointHash.Of(certificate), Is.EqualTo(size switch
        {
            32 => SHA256.HashData(certificate.RawData),
            48 => SHA384.HashData(certificate.RawData),
            64 => SHA512.HashData(certificate.RawData),
            _ => (byte[]?)null,
        }));
    }

    private static byte[] Identifier(string algorithm, Action<AsnWriter>? parameters)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(algorithm);
            if (parameters is not null)
            {
                using (writer.PushSequence())
                    parameters(writer);
            }
        }

        return writer.Encode();
    }

    private static void WriteIdentifier(AsnWriter writer, string oid)
    {
        using (writer.PushSequence())
            writer.WriteObjectIdentifier(oid);
    }
}
