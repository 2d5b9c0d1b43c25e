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

    /// <summary>Letters of a host name, and a dot at its end.</summary>
    private const int MaxLength = 254;

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

        // Both lists are the peer's, so each name is looked at once. What is longer than a host name stands for none.
        var suffixes = wildcards.Where(name => name.Length <= MaxLength).Select(name => name[1..])
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var reached = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var excluded in authorities.SelectMany(ExcludedBy))
            AddReached(excluded, suffixes, reached);
        return wildcards.FirstOrDefault(name => reached.Contains(name[1..]));
    }

    /// <summary>Adds those of the suffixes, which begin with a dot, that a name ends with.</summary>
    private static void AddReached(string excluded, HashSet<string> suffixes, HashSet<string> reached)
    {
        var known = suffixes.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var at = Math.Max(0, excluded.Length - MaxLength); at < excluded.Length; at++)
        {
            if (excluded[at] == '.' && known.TryGetValue(excluded.AsSpan(at), out var suffix))
                reached.Add(suffix);
        }
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
