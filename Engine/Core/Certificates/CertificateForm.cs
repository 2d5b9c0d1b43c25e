using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Core.Certificates;

/// <summary>
/// Whether the extensions that a verdict depends on can be read (RFC 5280 section 4.2). The platform says of a certificate with one that
/// cannot only that its issuer is not there.
/// </summary>
internal static class CertificateForm
{
    private const string KeyUsage = "2.5.29.15";

    private static readonly Dictionary<string, (string Name, Action<byte[]> Read)> Known = new()
    {
        ["2.5.29.14"] = ("subject key identifier", static data => Whole(data).ReadOctetString()),
        [KeyUsage] = ("key usage", static data => ReadUsage(data)),
        [CertificateNames.Extension] = ("subject alternative name", static data => CertificateNames.Of(data)),
        ["2.5.29.19"] = ("basic constraints", ReadConstraints),
        ["2.5.29.30"] = ("name constraints", ReadSubtrees),
        ["2.5.29.32"] = ("certificate policies",
            static data => ReadAll(data, static reader => reader.ReadSequence().ReadObjectIdentifier())),
        ["2.5.29.35"] = ("authority key identifier", static data => Whole(data).ReadSequence()),
        ["2.5.29.36"] = ("policy constraints", static data => Whole(data).ReadSequence()),
        ["2.5.29.37"] = ("extended key usage", static data => ReadAll(data, static reader => reader.ReadObjectIdentifier())),
    };

    // What the platform's builder acts upon, beside those above. A critical extension of another kind is refused by it.
    private static readonly HashSet<string> Handled = ["2.5.29.31", "2.5.29.33", "2.5.29.54", "1.3.6.1.5.5.7.1.24"];

    /// <summary>What is malformed in a certificate, in words that are read behind its name; null for nothing.</summary>
    public static string? FaultOf(X509Certificate2 certificate)
    {
        if (!HasDates(certificate))
            return "its dates are malformed: they are needed to the second, in UTC (RFC 5280 section 4.1.2.5)";

        var seen = new HashSet<string>();
        foreach (var extension in certificate.Extensions)
        {
            var oid = extension.Oid?.Value ?? "";
            if (!seen.Add(oid))
                return $"its extension {NameOf(oid)} is there twice";
            if (!Known.TryGetValue(oid, out var known))
                continue;

            try
            {
                known.Read(extension.RawData);
            }
            catch (AsnContentException)
            {
                return $"its extension {NameOf(oid)} is malformed";
            }
        }

        return null;
    }

    /// <summary>Whether its dates are in the two forms that there are; of others each reader makes something else.</summary>
    private static bool HasDates(X509Certificate2 certificate)
    {
        try
        {
            var body = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.BER).ReadSequence().ReadSequence();
            if (body.PeekTag() is { TagClass: TagClass.ContextSpecific, TagValue: 0 })
                body.ReadEncodedValue();
            for (var i = 0; i < 3; i++)
                body.ReadEncodedValue();

            var dates = new AsnReader(body.ReadEncodedValue(), AsnEncodingRules.DER).ReadSequence();
            while (dates.HasData)
            {
                var date = dates.PeekTag() == Asn1Tag.UtcTime ? dates.ReadUtcTime() : dates.ReadGeneralizedTime();
                if (date.Ticks % TimeSpan.TicksPerSecond != 0)
                    return false;
            }

            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether a certificate's key may sign a handshake (RFC 8446 section 4.4.2.2): it says nothing of usage, or that it may.
    /// </summary>
    /// <exception cref="AsnContentException">The extension is malformed.</exception>
    public static bool MaySign(X509Certificate2 certificate) =>
        certificate.Extensions[KeyUsage] is not { } usage || (ReadUsage(usage.RawData) & 0x80) != 0;

    /// <summary>
    /// Whether a certificate constrains, maps or ends certificate policies (RFC 5280 sections 4.2.1.5, 4.2.1.11, 4.2.1.14).
    /// </summary>
    public static bool ConstrainsPolicies(X509Certificate2 certificate) =>
        certificate.Extensions.Any(extension => extension.Oid?.Value is "2.5.29.33" or "2.5.29.36" or "2.5.29.54");

    /// <summary>The critical extensions that nobody here knows, by number.</summary>
    public static IEnumerable<string> UnknownCritical(X509Certificate2 certificate) => certificate.Extensions
        .Where(extension => extension.Critical)
        .Select(extension => extension.Oid?.Value ?? "")
        .Where(oid => !Known.ContainsKey(oid) && !Handled.Contains(oid))
        .Select(oid => SafeText.Of(oid, 64));

    private static string NameOf(string oid) => Known.TryGetValue(oid, out var known) ? $"'{known.Name}'" : SafeText.Of(oid, 64);

    private static AsnReader Whole(byte[] data)
    {
        var reader = new AsnReader(data, AsnEncodingRules.DER);
        var first = new AsnReader(reader.ReadEncodedValue(), AsnEncodingRules.DER);
        reader.ThrowIfNotEmpty();
        return first;
    }

    private static int ReadUsage(byte[] data)
    {
        var bits = Whole(data).ReadBitString(out _);
        return bits.Length is 1 or 2 ? bits[0] : throw new AsnContentException("It names no usage, or more than there are.");
    }

    private static void ReadConstraints(byte[] data)
    {
        var reader = Whole(data).ReadSequence();
        if (reader.HasData && reader.PeekTag() == Asn1Tag.Boolean)
            reader.ReadBoolean();
        if (reader.HasData && reader.ReadInteger().Sign < 0)
            throw new AsnContentException("The length of the path is negative.");

        reader.ThrowIfNotEmpty();
    }

    private static void ReadSubtrees(byte[] data)
    {
        var reader = Whole(data).ReadSequence();
        if (!reader.HasData)
            throw new AsnContentException("It constrains nothing.");
        for (var number = 0; number < 2; number++)
        {
            var tag = new Asn1Tag(TagClass.ContextSpecific, number, isConstructed: true);
            if (reader.HasData && reader.PeekTag() == tag)
                ReadTrees(reader.ReadSequence(tag));
        }

        reader.ThrowIfNotEmpty();
    }

    private static void ReadTrees(AsnReader trees)
    {
        if (!trees.HasData)
            throw new AsnContentException("It constrains nothing.");
        while (trees.HasData)
            trees.ReadSequence().ReadEncodedValue();
    }

    private static void ReadAll(byte[] data, Action<AsnReader> read)
    {
        var reader = Whole(data).ReadSequence();
        if (!reader.HasData)
            throw new AsnContentException("It is empty.");
        while (reader.HasData)
            read(reader);
    }
}
