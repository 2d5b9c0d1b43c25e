using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Core.Certificates;

/// <summary>
/// Whether a wildcard reaches into what an authority may not sign for (RFC 5280 section 4.2.1.10). The platform compares the wildcard as if
/// it were a name: to it <c>*.example.com</c> has nothing to do with an excluded <c>test.example.com</c>, which it stands for.
/// </summary>
internal static class WildcardConstraints
{
    private const string NameConstraints = "2.5.29.30";

    private static readonly Asn1Tag Excluded = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);

    /// <summary>The wildcard that reaches too far; null for none.</summary>
    /// <param name="names">Those of the leaf.</param>
    /// <param name="authorities">Those above it.</param>
    /// <exception cref="AsnContentException">An extension is malformed.</exception>
    public static string? FindIn(CertificateNames names, IEnumerable<X509Certificate2> authorities)
    {
        var wildcards = names.Dns.Where(name => name.StartsWith("*.", StringComparison.Ordinal)).ToList();
        if (wildcards.Count == 0)
            return null;

        var excluded = authorities.SelectMany(ExcludedBy).ToList();
        return wildcards.FirstOrDefault(wildcard => excluded.Any(
            one => one.EndsWith(wildcard[1..], StringComparison.OrdinalIgnoreCase)));
    }

    private static List<string> ExcludedBy(X509Certificate2 authority)
    {
        List<string> names = [];
        if (authority.Extensions[NameConstraints] is not { } extension)
            return names;

        var reader = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        while (reader.HasData)
        {
            if (reader.PeekTag() != Excluded)
            {
                reader.ReadEncodedValue();
                continue;
            }

            for (var trees = reader.ReadSequence(Excluded); trees.HasData;)
            {
                var tree = trees.ReadSequence();
                if (tree.HasData && tree.PeekTag().HasSameClassAndValue(DnsName))
                    names.Add(tree.ReadCharacterString(UniversalTagNumber.IA5String, DnsName));
            }
        }

        return names;
    }
}
