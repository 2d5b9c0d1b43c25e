using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>
/// A certificate spelt out field by field, as neither the platform nor an authority would make it. Signed with an ECDSA key on P-256 and
/// SHA-256, whatever it says.
/// </summary>
internal sealed class SpeltCertificate
{
    /// <summary>What all of them are judged by: a time in the middle of their lives.</summary>
    public static readonly DateTimeOffset Now = new(2030, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public string Subject { get; init; } = "CN=leaf";

    /// <summary>Whose name stands there as the issuer's; null: its own.</summary>
    public SpeltCertificate? Issuer { get; init; }

    /// <summary>Whose key signs; null: the issuer's.</summary>
    public ECDsa? Signer { get; init; }

    public ECDsa Key { get; init; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>In place of its key's own: a SubjectPublicKeyInfo in DER.</summary>
    public byte[]? ShownKey { get; init; }

    /// <summary>2 for version 3; null for a certificate of version 1, which does not say.</summary>
    public int? Version { get; init; } = 2;

    /// <summary>The serial number's bytes.</summary>
    public byte[] Serial { get; init; } = [0x11, 0x22];

    public string Algorithm { get; init; } = "1.2.840.10045.4.3.2";

    /// <summary>What stands outside; null: the same.</summary>
    public string? OuterAlgorithm { get; init; }

    /// <summary>As UTCTime when it has 13 letters, else as GeneralizedTime.</summary>
    public string From { get; init; } = "300101000000Z";

    public string To { get; init; } = "310101000000Z";

    public IReadOnlyList<X509Extension> Extensions { get; init; } = [];

    /// <summary>Put behind all of it.</summary>
    public byte[] Tail { get; init; } = [];

    private byte[]? _encoded;

    /// <summary>The certificate in DER, always the same one.</summary>
    public byte[] Encoded => _encoded ??= [.. Encode(), .. Tail];

    /// <summary>An authority.</summary>
    /// <param name="subject">Its name.</param>
    /// <param name="issuer">Null: a root.</param>
    /// <param name="more">Besides being one.</param>
    public static SpeltCertificate Authority(string subject, SpeltCertificate? issuer, params X509Extension[] more) =>
        new() { Subject = subject, Issuer = issuer, Extensions = [IsAuthority(), .. more] };

    /// <summary>A leaf for the tests' host.</summary>
    public static SpeltCertificate Leaf(SpeltCertificate issuer, params X509Extension[] more) =>
        new() { Issuer = issuer, Extensions = [Dns("localhost"), .. more] };

    public static X509Extension IsAuthority(int? pathLength = null) =>
        new X509BasicConstraintsExtension(true, pathLength is not null, pathLength ?? 0, true);

    public static X509Extension Dns(params string[] names) => Names([.. names.Select(name => Named(2, name.Select(c => (byte)c)))]);

    public static X509Extension Names(params byte[][] names) => new("2.5.29.17", Wrapped(0x30, [.. names.SelectMany(one => one)]), false);

    /// <summary>A GeneralName: 1 is an e-mail address, 2 a DNS name, 6 a URI, 7 an address.</summary>
    public static byte[] Named(int kind, IEnumerable<byte> content) => Wrapped((byte)(0x80 | kind), [.. content]);

    /// <summary>Name constraints.</summary>
    public static X509Extension Constraints(byte[][]? permitted, byte[][]? excluded)
    {
        byte[] Trees(byte tag, byte[][]? names) =>
            names is null ? [] : Wrapped(tag, [.. names.SelectMany(name => Wrapped(0x30, name))]);
        return new X509Extension("2.5.29.30", Wrapped(0x30, [.. Trees(0xA0, permitted), .. Trees(0xA1, excluded)]), true);
    }

    public static X509Extension Usage(params string[] oids) =>
        new X509EnhancedKeyUsageExtension([.. oids.Select(oid => new Oid(oid))], false);

    public static X509Extension UnknownCritical() => new("1.2.3.4.5", [0x05, 0x00], critical: true);

    private byte[] Encode()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            if (Version is { } version)
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                    writer.WriteInteger(version);
            }

            writer.WriteInteger(Serial);
            WriteAlgorithm(writer, Algorithm);
            writer.WriteEncodedValue(new X500DistinguishedName(Issuer?.Subject ?? Subject).RawData);
            using (writer.PushSequence())
            {
                WriteTime(writer, From);
                WriteTime(writer, To);
            }

            writer.WriteEncodedValue(new X500DistinguishedName(Subject).RawData);
            writer.WriteEncodedValue(ShownKey ?? Key.ExportSubjectPublicKeyInfo());
            if (Extensions.Count > 0)
                WriteExtensions(writer);
        }

        var body = writer.Encode();
        var whole = new AsnWriter(AsnEncodingRules.DER);
        using (whole.PushSequence())
        {
            whole.WriteEncodedValue(body);
            WriteAlgorithm(whole, OuterAlgorithm ?? Algorithm);
            whole.WriteBitString((Signer ?? Issuer?.Key ?? Key).SignData(
                body, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }

        return whole.Encode();
    }

    private void WriteExtensions(AsnWriter writer)
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 3)))
        using (writer.PushSequence())
        {
            foreach (var extension in Extensions)
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(extension.Oid!.Value!);
                    if (extension.Critical)
                        writer.WriteBoolean(true);
                    writer.WriteOctetString(extension.RawData);
                }
            }
        }
    }

    private static void WriteAlgorithm(AsnWriter writer, string algorithm)
    {
        using (writer.PushSequence())
            writer.WriteObjectIdentifier(algorithm);
    }

    private static void WriteTime(AsnWriter writer, string time) =>
        writer.WriteEncodedValue(Wrapped((byte)(time.Length == 13 ? 0x17 : 0x18), [.. time.Select(c => (byte)c)]));

    private static byte[] Wrapped(byte tag, byte[] content) => content.Length < 128
        ? [tag, (byte)content.Length, .. content]
        : content.Length < 256 ? [tag, 0x81, (byte)content.Length, .. content]
        : [tag, 0x82, (byte)(content.Length >> 8), (byte)content.Length, .. content];
}
