using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Core.Certificates;

/// <summary>The names and addresses that a server's certificate is for: those of its subject alternative name, and nothing else.</summary>
/// <param name="Dns">DNS names, in the order and form of the certificate.</param>
/// <param name="Addresses">IP addresses.</param>
internal sealed record CertificateNames(IReadOnlyList<string> Dns, IReadOnlyList<IPAddress> Addresses)
{
    public const string Extension = "2.5.29.17";
    private const int MaxShown = 10;

    private static readonly Asn1Tag DnsTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag AddressTag = new(TagClass.ContextSpecific, 7);

    /// <summary>Reads a certificate's names.</summary>
    /// <exception cref="AsnContentException">The extension is malformed (RFC 5280 section 4.2.1.6).</exception>
    public static CertificateNames Of(X509Certificate2 certificate) =>
        certificate.Extensions[Extension] is { } extension ? Of(extension.RawData) : new CertificateNames([], []);

    /// <summary>Reads a subject alternative name.</summary>
    /// <exception cref="AsnContentException">It is malformed.</exception>
    public static CertificateNames Of(byte[] extension)
    {
        var outer = new AsnReader(extension, AsnEncodingRules.DER);
        var reader = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        List<string> names = [];
        List<IPAddress> addresses = [];
        if (!reader.HasData)
            throw new AsnContentException("There is no name in it.");

        while (reader.HasData)
        {
            var tag = reader.PeekTag();
            if (tag.TagClass != TagClass.ContextSpecific || tag.TagValue > 8)
                throw new AsnContentException("It has what is no name.");

            if (tag.HasSameClassAndValue(DnsTag))
                names.Add(reader.ReadCharacterString(UniversalTagNumber.IA5String, DnsTag));
            else if (tag.HasSameClassAndValue(AddressTag))
                addresses.Add(ReadAddress(reader));
            else
                reader.ReadEncodedValue();
        }

        return new CertificateNames(names, addresses);
    }

    /// <summary>
    /// Whether it is for a name (RFC 9525 section 6): an address by its bytes, a name letter by letter but for their case.
    /// </summary>
    public bool Fits(PeerName name) => name.Address is { } address ? Addresses.Contains(address) : Dns.Any(one => Fits(one, name.Host));

    /// <summary>Whether it is for nobody.</summary>
    public bool IsEmpty => Dns.Count == 0 && Addresses.Count == 0;

    /// <summary>What it is for, in words: DNS names as they are, and with their kind where they could be taken for the other.</summary>
    /// <param name="name">What it should be for.</param>
    public string Words(PeerName name)
    {
        var words = Dns.Select(one => name.IsAddress && IPAddress.TryParse(one, out _) ? $"the DNS name {Shown(one)}" : Shown(one))
            .Concat(Addresses.Select(one => name.IsAddress ? one.ToString() : $"the address {one}"))
            .Take(MaxShown + 1)
            .ToList();
        return words.Count switch
        {
            0 => "no name at all",
            > MaxShown => string.Join(", ", words.Take(MaxShown)) + ", ...",
            _ => string.Join(", ", words),
        };
    }

    /// <summary>
    /// RFC 9525 section 6.3: a wildcard is the whole first label and stands for one label. It must have two more behind it: nobody is the
    /// owner of all of <c>com</c>.
    /// </summary>
    private static bool Fits(string pattern, string host)
    {
        if (!pattern.StartsWith("*.", StringComparison.Ordinal))
            return pattern.Equals(host, StringComparison.OrdinalIgnoreCase);

        var domain = pattern.AsSpan(1);
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && domain[1..].Contains('.') && domain.Equals(host.AsSpan(dot), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>In quotes where it could be taken for a part of the sentence: a dot at its end, a blank, nothing.</summary>
    private static string Shown(string name)
    {
        var isPlain = name.Length > 0 && !name.EndsWith('.')
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '*');
        return isPlain ? SafeText.Of(name, 100) : $"'{SafeText.Of(name, 100)}'";
    }

    private static IPAddress ReadAddress(AsnReader reader)
    {
        var bytes = reader.ReadOctetString(AddressTag);
        return bytes.Length is 4 or 16 ? new IPAddress(bytes) : throw new AsnContentException("It has an address of another length.");
    }
}
