using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Core.BouncyCastle.Identity;

/// <summary>
/// How large the tree of valid policies would become (RFC 5280 section 6.1.2), counted without making it: each level that maps all its
/// policies to all of the next multiplies it by their number, so a few kilobytes of certificates would be work for hours.
/// </summary>
internal static class PolicyCount
{
    /// <summary>Nodes on one level. Bridges between large authorities have some tens; OpenSSL stops at 1,000.</summary>
    public const int MaxNodes = 1000;

    /// <summary>
    /// Policies and mappings in one certificate: each is compared with all of the level above. The largest in use have some thirty.
    /// </summary>
    public const int MaxEntries = 250;

    private const string Policies = "2.5.29.32";
    private const string Mappings = "2.5.29.33";
    private const string AnyPolicy = "2.5.29.32.0";

    /// <summary>Whether no level of the tree has more than <see cref="MaxNodes"/>.</summary>
    /// <param name="path">From the leaf to the anchor.</param>
    /// <exception cref="AsnContentException">An extension is malformed.</exception>
    public static bool IsBounded(IReadOnlyList<X509Certificate2> path)
    {
        // For each policy that the next certificate may say, how many nodes expect it.
        var expected = new Dictionary<string, long> { [AnyPolicy] = 1 };
        for (var i = path.Count - 2; i >= 0; i--)
        {
            if (Read(path[i], Policies) is not { Count: <= MaxEntries } policies
                || Read(path[i], Mappings) is not { Count: <= MaxEntries } mappings)
                return false;

            var nodes = NodesOf(expected, policies);
            if (nodes.Values.Sum() > MaxNodes)
                return false;

            expected = ExpectedBelow(nodes, mappings);
        }

        return true;
    }

    /// <summary>How many nodes there are of each policy of a certificate.</summary>
    private static Dictionary<string, long> NodesOf(Dictionary<string, long> expected, List<(string From, string To)> policies)
    {
        // Who may say any has one child more for each.
        var any = expected.GetValueOrDefault(AnyPolicy);
        var nodes = new Dictionary<string, long>();
        foreach (var (policy, _) in policies)
            nodes[policy] = policy == AnyPolicy ? expected.Values.Sum() : expected.GetValueOrDefault(policy) + any;
        return nodes;
    }

    private static Dictionary<string, long> ExpectedBelow(Dictionary<string, long> nodes, List<(string From, string To)> mappings)
    {
        var below = new Dictionary<string, long>();
        var targets = mappings.ToLookup(one => one.From, one => one.To);
        foreach (var (policy, count) in nodes)
        {
            foreach (var target in targets[policy].Distinct().DefaultIfEmpty(policy))
                below[target] = below.GetValueOrDefault(target) + count;
        }

        return below;
    }

    /// <summary>The object identifiers at the beginning of each entry: one of a policy, two of a mapping.</summary>
    private static List<(string From, string To)> Read(X509Certificate2 certificate, string extension)
    {
        var entries = new List<(string, string)>();
        if (certificate.Extensions[extension] is not { } found)
            return entries;

        for (var reader = new AsnReader(found.RawData, AsnEncodingRules.DER).ReadSequence(); reader.HasData;)
        {
            var entry = reader.ReadSequence();
            var from = entry.ReadObjectIdentifier();
            entries.Add((from, extension == Mappings ? entry.ReadObjectIdentifier() : from));
        }

        return entries;
    }
}
