using System.Formats.Asn1;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>What is strong enough in a certificate: a list, and what is not on it is refused.</summary>
public sealed class StrengthTests
{
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string Pss = "1.2.840.113549.1.1.10";
    private const string Ec = "1.2.840.10045.2.1";
    private const string Sha1 = "1.3.14.3.2.26";
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";
    private const string Sha384 = "2.16.840.1.101.3.4.2.2";

    private static readonly TestCaseData[] Keys =
    [
        new(Rsa, Null, Modulus(2048, 65537), null) { TestName = "RSA_of_2048_bits" },
        new(Rsa, Null, Modulus(8192, 3), null) { TestName = "RSA_of_8192_bits_with_3" },
        new(Rsa, Null, Modulus(2047, 65537), "2047 bits") { TestName = "RSA_of_2047_bits" },
        new(Rsa, Null, Modulus(768, 65537), "768 bits") { TestName = "RSA_of_768_bits" },
        new(Rsa, Null, Modulus(8193, 65537), "8193 bits") { TestName = "RSA_of_8193_bits" },
        new(Rsa, Null, Modulus(65536, 65537), "65536 bits") { TestName = "RSA_of_65536_bits" },
        new(Rsa, Null, Modulus(2048, 1), "exponent") { TestName = "RSA_with_the_exponent_1" },
        new(Rsa, Null, Modulus(2048, 65536), "exponent") { TestName = "RSA_with_an_even_exponent" },
        new(Rsa, Null, Modulus(2048, (1L << 40) + 1), "exponent") { TestName = "RSA_with_a_huge_exponent" },
        new(Rsa, Null, Modulus(2048, 65537, isEven: true), "even modulus") { TestName = "RSA_with_an_even_modulus" },
        new(Rsa, Null, new byte[] { 0x30, 0x03, 0x02, 0x01 }, "malformed") { TestName = "RSA_that_is_cut" },
        new(Pss, PssParameters(Sha256, Sha256, 32), Modulus(2048, 65537), null) { TestName = "RSASSA_PSS_with_SHA256" },
        new(Pss, null, Modulus(768, 65537), "768 bits") { TestName = "RSASSA_PSS_of_768_bits" },
        new(Pss, PssParameters(Sha1, Sha1, 20), Modulus(2048, 65537), "SHA-1") { TestName = "RSASSA_PSS_for_SHA1" },
        new(Ec, Curve("1.2.840.10045.3.1.7"), Point(32), null) { TestName = "P256" },
        new(Ec, Curve("1.3.132.0.34"), Point(48), null) { TestName = "P384" },
        new(Ec, Curve("1.3.132.0.35"), Point(66), null) { TestName = "P521" },
        new(Ec, Curve("1.3.132.0.6"), Point(14), "1.3.132.0.6") { TestName = "A_curve_of_112_bits" },
        new(Ec, Curve("1.2.840.10045.3.1.1"), Point(24), "1.2.840.10045.3.1.1") { TestName = "P192" },
        new(Ec, Curve("1.3.132.0.10"), Point(32), "1.3.132.0.10") { TestName = "Secp256k1" },
        new(Ec, Curve("1.3.36.3.3.2.8.1.1.7"), Point(32), "1.3.36.3.3.2.8.1.1.7") { TestName = "Brainpool" },
        new(Ec, new byte[] { 0x30, 0x00 }, Point(32), "spells out its curve") { TestName = "A_curve_that_is_spelt_out" },
        new(Ec, null, Point(32), "spells out its curve") { TestName = "A_curve_that_is_left_out" },
        new(Ec, Curve("1.2.840.10045.3.1.7"), Point(31), "no point") { TestName = "A_point_that_is_too_short" },
        new("1.3.101.112", null, new byte[32], null) { TestName = "Ed25519" },
        new("1.3.101.112", null, new byte[31], "malformed") { TestName = "Ed25519_that_is_too_short" },
        new("1.3.101.113", null, new byte[57], "1.3.101.113") { TestName = "Ed448" },
        new("1.2.840.10040.4.1", Null, new byte[] { 2, 1, 5 }, "1.2.840.10040.4.1") { TestName = "DSA" },
        new("1.2.3.4", null, new byte[32], "1.2.3.4") { TestName = "A_kind_that_nobody_knows" },
    ];

    private static readonly TestCaseData[] Signatures =
    [
        new(Algorithm("1.2.840.10045.4.3.2"), null) { TestName = "ECDSA_and_SHA256" },
        new(Algorithm("1.2.840.113549.1.1.13", Null), null) { TestName = "RSA_and_SHA512" },
        new(Algorithm("1.3.101.112"), null) { TestName = "Signed_with_Ed25519" },
        new(Algorithm(Pss, PssParameters(Sha256, Sha256, 32)), null) { TestName = "PSS_and_SHA256" },
        new(Algorithm(Pss, PssParameters(Sha384, Sha384, 222)), null) { TestName = "PSS_and_a_long_salt" },
        new(Algorithm(Pss, PssParameters(Sha1, Sha1, 20)), "SHA-1, which can be forged") { TestName = "PSS_and_SHA1" },
        new(Algorithm(Pss, [0x30, 0x00]), "SHA-1, which can be forged") { TestName = "PSS_by_its_defaults" },
        new(Algorithm(Pss), "SHA-1, which can be forged") { TestName = "PSS_without_parameters" },
        new(Algorithm(Pss, PssParameters(Sha256, Sha1, 32)), "another for the mask") { TestName = "PSS_with_SHA1_for_the_mask" },
        new(Algorithm(Pss, PssParameters(Sha256, Sha256, 0)), "salt of 0 bytes") { TestName = "PSS_without_salt" },
        new(Algorithm(Pss, PssParameters("2.16.840.1.101.3.4.2.4", "2.16.840.1.101.3.4.2.4", 28)), "not known to be strong") { TestName =
            "PSS_and_SHA224" },
        new(Algorithm("1.2.840.113549.1.1.5", Null), "RSA and SHA-1, which can be forged") { TestName = "RSA_and_SHA1" },
        new(Algorithm("1.2.840.113549.1.1.4", Null), "RSA and MD5, which can be forged") { TestName = "RSA_and_MD5" },
        new(Algorithm("1.2.840.113549.1.1.2", Null), "RSA and MD2, which can be forged") { TestName = "RSA_and_MD2" },
        new(Algorithm("1.2.840.10045.4.1"), "ECDSA and SHA-1, which can be forged") { TestName = "ECDSA_and_SHA1" },
        new(Algorithm("1.2.840.113549.1.1.14", Null), "1.2.840.113549.1.1.14, which is not known") { TestName = "RSA_and_SHA224" },
        new(Algorithm("1.2.840.10045.4.3.1"), "1.2.840.10045.4.3.1, which is not known") { TestName = "ECDSA_and_SHA224" },
        new(Algorithm("1.2.3.4"), "1.2.3.4, which is not known") { TestName = "A_signature_that_nobody_knows" },
        new(Algorithm("1.2.840.10045.4.3.2", [0x02, 0x01, 0x00]), "parameters that it should not have") { TestName =
            "ECDSA_with_parameters" },
    ];

    [TestCaseSource(nameof(Keys))]
    public void A_key_is_on_the_list_or_is_refused(string kind, byte[]? parameters, byte[] key, string? words)
    {
        using var certificate = new MadeCertificate
        {
            Issuer = TestCertificates.Root,
            PublicKey = new PublicKey(
                new Oid(kind), parameters is null ? null! : new AsnEncodedData(parameters), new AsnEncodedData(key)),
            HasKeyIdentifier = false,
        }.Make();

        var weakness = TlsPolicy.Default.WeaknessOf(certificate);

        Assert.That(weakness, words is null ? Is.Null : Does.Contain(words));
    }

    [TestCaseSource(nameof(Signatures))]
    public void A_signature_is_on_the_list_with_its_parameters_or_is_refused(byte[] algorithm, string? words)
    {
        using var certificate = new MadeCertificate { Issuer = TestCertificates.Root, Algorithm = algorithm }.Make();

        var weakness = TlsPolicy.Default.WeaknessOf(certificate);

        Assert.That(weakness, words is null ? Is.Null : Does.Contain(words));
    }

    [Test]
    public void A_policy_says_which_signatures_and_sizes_it_takes()
    {
        using var key = RSA.Create(3072);
        using var certificate = new MadeCertificate { Issuer = TestCertificates.Root, Key = key }.Make();

        Assert.That(new TlsPolicy { MaxRsaBits = 2048 }.WeaknessOf(certificate), Does.Contain("3072 bits; 2048 to 2048 are accepted"));
        Assert.That(new TlsPolicy { MinRsaBits = 3073 }.WeaknessOf(certificate), Does.Contain("3073 to 8192 are accepted"));
        Assert.That(
            new TlsPolicy { CertificateSchemes = [TlsSignatureScheme.Ed25519] }.WeaknessOf(certificate),
            Does.Contain("CertificateSchemes has no EcdsaSecp256r1Sha256"));
        Assert.That(new TlsPolicy { CertificateSchemes = [TlsSignatureScheme.EcdsaSecp256r1Sha256] }.WeaknessOf(certificate), Is.Null);
        Assert.That(
            () => BouncyCastleCore.CreateClient(new TlsClientOptions
            {
                TargetHost = "a.example", Policy = new TlsPolicy { MinRsaBits = 4096, MaxRsaBits = 2048 },
            }),
            Throws.ArgumentException.With.Message.Contains("MinRsaBits (4096) is more than MaxRsaBits (2048)"));
    }

    [Test]
    public void An_authority_that_is_too_weak_is_refused_in_both_roles_and_named(
        [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version, [Values] bool isClient, [Values("key", "curve")] string what)
    {
        using var root = new MadeCertificate { Subject = "CN=sound root", IsAuthority = true }.Make();
        AsymmetricAlgorithm weak = what == "key" ? RSA.Create(1024) : ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        using var middle = new MadeCertificate { Subject = "CN=weak authority", Issuer = root, IsAuthority = true, Key = weak }.Make();
        using var leaf = new MadeCertificate { Issuer = middle, Names = [TestCertificates.Host] }.Make();
        var verification = CertificateVerification.TrustedRoots([root]);

        var fault = Presenting.To(version, isClient, verification, leaf, middle);

        Assert.That(fault?.Check, Is.EqualTo("key"), fault?.Message);
        Assert.That(fault!.Certificate!.Subject, Is.EqualTo("CN=weak authority"));
        Assert.That(fault.Message, Does.Contain("at 'CN=weak authority' (number 2 of those presented)"));
        Assert.That(fault.Alert, Is.EqualTo(TlsAlert.BadCertificate));
    }

    [Test]
    public void A_trusted_root_may_be_as_weak_as_its_owner_likes()
    {
        using var key = RSA.Create(1024);
        using var root = new MadeCertificate { Subject = "CN=weak root", IsAuthority = true, Key = key }.Make();
        using var leaf = new MadeCertificate { Issuer = root, Names = [TestCertificates.Host] }.Make();

        Assert.That(Presenting.To(SslProtocols.Tls13, isClient: false, CertificateVerification.TrustedRoots([root]), leaf), Is.Null);
    }

    private static byte[] Null => [0x05, 0x00];

    private static byte[] Point(int size) => [4, .. new byte[2 * size]];

    private static byte[] Curve(string oid) => Written(writer => writer.WriteObjectIdentifier(oid));

    private static byte[] Modulus(int bits, long exponent, bool isEven = false)
    {
        var bytes = new byte[(bits + 7) / 8];
        bytes[0] = (byte)(1 << ((bits - 1) % 8));
        bytes[^1] |= (byte)(isEven ? 0 : 1);
        return Written(writer =>
        {
            using (writer.PushSequence())
            {
                writer.WriteIntegerUnsigned(bytes);
                writer.WriteInteger(exponent);
            }
        });
    }

    private static byte[] Algorithm(string oid, byte[]? parameters = null) => Written(writer =>
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            if (parameters is not null)
                writer.WriteEncodedValue(parameters);
        }
    });

    private static byte[] PssParameters(string hash, string mask, int salt) => Written(writer =>
    {
        using (writer.PushSequence())
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                writer.WriteEncodedValue(Algorithm(hash, Null));
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
                writer.WriteEncodedValue(Algorithm("1.2.840.113549.1.1.8", Algorithm(mask, Null)));
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
                writer.WriteInteger(salt);
        }
    });

    private static byte[] Written(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }
}
