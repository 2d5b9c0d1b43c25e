using Org.BouncyCastle.Crypto.Operators;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Ocsp;
using BcCertificate = Org.BouncyCastle.X509.X509Certificate;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>OCSP responses as the issuer makes them.</summary>
internal static class Staples
{
    private static readonly Dictionary<KeyKind, Lazy<byte[]>> Made = Enum.GetValues<KeyKind>()
        .ToDictionary(kind => kind, kind => new Lazy<byte[]>(() => Make(kind)));

    /// <summary>A good one about the server with this key.</summary>
    public static byte[] Good(KeyKind kind) => Made[kind].Value;

    private static byte[] Make(KeyKind kind)
    {
        var issuer = new BcCertificate(Identities.Intermediate.RawData);
        var leaf = Identities.Server(kind).Credential.Certificate;
        var made = Identities.Now.UtcDateTime.AddHours(-1);
        var generator = new BasicOcspRespGenerator(new RespID(issuer.SubjectDN));
        generator.AddResponse(
            new CertificateID(CertificateID.DigestSha1, issuer, new BigInteger(leaf.SerialNumber, 16)), CertificateStatus.Good, made,
            made.AddDays(7), null);
        var response = generator.Generate(new Asn1SignatureFactory("SHA256withECDSA", Identities.IntermediateSecret), [issuer], made);
        return new OCSPRespGenerator().Generate(OcspRespStatus.Successful, response).GetEncoded();
    }
}
