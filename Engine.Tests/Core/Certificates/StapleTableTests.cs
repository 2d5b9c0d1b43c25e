using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Ocsp;
using Org.BouncyCastle.Security;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.Certificates;
using BcCertificate = Org.BouncyCastle.X509.X509Certificate;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>Stapled responses: every combination of who signs, what it says, how old it is, what the client wants and what the certificate
/// demands.</summary>
public sealed class StapleTableTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private static X509Certificate2 Issuer => Shared.Issuer;
    private static X509Certificate2 Stranger => Shared.Stranger;
    private static X509Certificate2 Leaf => Shared.Leaf;
    private static readonly Dictionary<Signer, X509Certificate2> Signers = new()
    {
        [Signer.Issuer] = Issuer,
        [Signer.Delegate] = Under(Issuer, "CN=responder", isResponder: true),
        [Signer.ExpiredDelegate] = Under(Issuer, "CN=old responder", isResponder: true, to: Now.AddDays(-1)),
        [Signer.DelegateWithoutUsage] = Under(Issuer, "CN=no responder"),
        [Signer.DelegateOfSomebodyElse] = Under(Stranger, "CN=their responder", isResponder: true),
        [Signer.WeakDelegate] = Under(Issuer, "CN=weak responder", isResponder: true, key: RSA.Create(1024)),
        [Signer.Stranger] = Stranger,
    };

    /// <summary>Who has signed a response.</summary>
    public enum Signer
    {
        /// <summary>Who has signed the certificate.</summary>
        Issuer,

        /// <summary>Whom the issuer has made a responder.</summary>
        Delegate,

        /// <summary>Whom it had.</summary>
        ExpiredDelegate,

        /// <summary>Of the issuer, and for something else.</summary>
        DelegateWithoutUsage,

        /// <summary>Of another issuer.</summary>
        DelegateOfSomebodyElse,

        /// <summary>With a key that is too short.</summary>
        WeakDelegate,

        /// <summary>Somebody.</summary>
        Stranger,
    }

    /// <summary>What a response says.</summary>
    public enum Says
    {
        /// <summary>Good.</summary>
        Good,

        /// <summary>Revoked.</summary>
        Revoked,

        /// <summary>Unknown.</summary>
        Unknown,
    }

    /// <summary>How old it is.</summary>
    public enum Age
    {
        /// <summary>Between its two dates.</summary>
        Current,

        /// <summary>Past its second date.</summary>
        Past,

        /// <summary>Before its first date.</summary>
        Ahead,

        /// <summary>An hour old, without a second date.</summary>
        OpenAndNew,

        /// <summary>Two days old, without a second date.</summary>
        OpenAndOld,
    }

    [Test]
    public void Who_signs_comes_before_what_it_says_and_that_before_its_age(
        [Values] Signer signer, [Values] Says says, [Values] Age age)
    {
        var status = StapledResponse.Check(Response(signer, says, age), Leaf, Issuer, Now, TlsPolicy.Default);

        var isCurrent = age is Age.Current or Age.OpenAndNew;
        var expected = signer is not (Signer.Issuer or Signer.Delegate) ? StapleStatus.Invalid
            : says == Says.Revoked ? StapleStatus.Revoked
            : !isCurrent ? StapleStatus.Outdated
            : says == Says.Good ? StapleStatus.Good : StapleStatus.Unknown;
        Assert.That(status, Is.EqualTo(expected));
    }

    [Test]
    public void What_becomes_of_the_certificate_is_in_the_table(
        [Values] StapleStatus status, [Values(StapleMode.Request, StapleMode.Require)] StapleMode mode, [Values] bool isDemanded)
    {
        var alert = StapleRules.Fault(status, mode, isDemanded)?.Fault.Alert;

        TlsAlert? expected = status switch
        {
            StapleStatus.Good => null,
            StapleStatus.Revoked => TlsAlert.CertificateRevoked,
            StapleStatus.Unknown or StapleStatus.Invalid => TlsAlert.BadCertificateStatusResponse,
            _ => mode == StapleMode.Require || isDemanded ? TlsAlert.BadCertificateStatusResponse : null,
        };
        Assert.That(alert, Is.EqualTo(expected));
    }

    [Test]
    public void Of_several_statements_one_that_says_revoked_counts([Values] bool isRevokedFirst)
    {
        (Says, Age)[] both = isRevokedFirst
            ? [(Says.Revoked, Age.Past), (Says.Good, Age.Current)]
            : [(Says.Good, Age.Current), (Says.Revoked, Age.Past)];

        Assert.That(
            StapledResponse.Check(Response(Signer.Issuer, both), Leaf, Issuer, Now, TlsPolicy.Default), Is.EqualTo(StapleStatus.Revoked));
    }

    [Test]
    public void The_time_of_the_judgement_is_the_one_that_is_handed_in()
    {
        var response = Response(Signer.Issuer, Says.Good, Age.Current);

        Assert.That(StapledResponse.Check(response, Leaf, Issuer, Now.AddDays(8), TlsPolicy.Default), Is.EqualTo(StapleStatus.Outdated));
        Assert.That(StapledResponse.Check(response, Leaf, Issuer, Now.AddDays(-8), TlsPolicy.Default), Is.EqualTo(StapleStatus.Outdated));
    }

    [Test]
    public void What_is_no_response_is_invalid()
    {
        foreach (var bytes in (byte[][])[[], [0x30, 0x00], [1, 2, 3], new byte[1000]])
            Assert.That(StapledResponse.Check(bytes, Leaf, Issuer, Now, TlsPolicy.Default), Is.EqualTo(StapleStatus.Invalid));
    }

    private static byte[] Response(Signer signer, Says says, Age age) => Response(signer, [(says, age)]);

    private static byte[] Response(Signer signer, (Says Says, Age Age)[] statements)
    {
        var certificate = Signers[signer];
        var signing = new BcCertificate(certificate.RawData);
        var generator = new BasicOcspRespGenerator(new RespID(signing.SubjectDN));
        var about = new CertificateID(
            CertificateID.DigestSha1, new BcCertificate(Issuer.RawData), new BigInteger(Leaf.SerialNumber, 16));
        foreach (var (says, age) in statements)
        {
            var (from, to) = age switch
            {
                Age.Current => (Now.AddDays(-1), Now.AddDays(1)),
                Age.Past => (Now.AddDays(-3), Now.AddDays(-2)),
                Age.Ahead => (Now.AddDays(1), Now.AddDays(2)),
                Age.OpenAndNew => (Now.AddHours(-1), (DateTimeOffset?)null),
                _ => (Now.AddDays(-2), null),
            };
            CertificateStatus status = says switch
            {
                Says.Good => CertificateStatus.Good,
                Says.Revoked => new RevokedStatus(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), 1),
                _ => new UnknownStatus(),
            };
            generator.AddResponse(about, status, from.UtcDateTime, to?.UtcDateTime, null);
        }

        using AsymmetricAlgorithm key = (AsymmetricAlgorithm?)certificate.GetECDsaPrivateKey() ?? certificate.GetRSAPrivateKey()!;
        var response = generator.Generate(
            new Org.BouncyCastle.Crypto.Operators.Asn1SignatureFactory(
                key is RSA ? "SHA256withRSA" : "SHA256withECDSA", PrivateKeyFactory.CreateKey(key.ExportPkcs8PrivateKey())),
            [signing], Now.UtcDateTime);
        return new OCSPRespGenerator().Generate(OcspRespStatus.Successful, response).GetEncoded();
    }

    private static X509Certificate2 Authority(string subject) =>
        new MadeCertificate { Subject = subject, IsAuthority = true, From = Now.AddYears(-1), To = Now.AddYears(1) }.Make();

    private static X509Certificate2 Under(
        X509Certificate2 issuer, string subject, bool isResponder = false, DateTimeOffset? to = null, AsymmetricAlgorithm? key = null) =>
        new MadeCertificate
        {
            Subject = subject, Issuer = issuer, Usage = isResponder ? "1.3.6.1.5.5.7.3.9" : null, Key = key, From = Now.AddDays(-30),
            To = to ?? Now.AddDays(30),
        }.Make();

    /// <summary>Made once, and shared by all tests: nobody disposes of them.</summary>
    private static class Shared
    {
        public static readonly X509Certificate2 Issuer = Authority("CN=issuer");
        public static readonly X509Certificate2 Stranger = Authority("CN=stranger");
        public static readonly X509Certificate2 Leaf = Under(Issuer, "CN=leaf");
    }
}
