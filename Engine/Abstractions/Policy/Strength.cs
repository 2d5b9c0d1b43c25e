using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Abstractions.Policy;

/// <summary>What makes a certificate too weak, or is not known to be strong.</summary>
/// <param name="Check"><c>key</c> or <c>signature</c>.</param>
/// <param name="Detail">In words, to be read behind the certificate's name.</param>
internal sealed record Weakness(string Check, string Detail);

/// <summary>
/// The one list of keys and signatures that are strong enough in a certificate: of a peer's chain, of ours, of who signs a stapled
/// response, and for <c>doctor</c>. What is not on it is refused, whatever it is.
/// </summary>
/// <remarks>All of it is read from the encoding: the platform is not asked to use a key, or to make one, before this was.</remarks>
internal static class Strength
{
    private const string RsaKey = "1.2.840.113549.1.1.1";
    private const string RsaPss = "1.2.840.113549.1.1.10";
    private const string EcKey = "1.2.840.10045.2.1";
    private const string Ed25519 = "1.3.101.112";

    // Beyond 32 bits an exponent only costs time; every authority uses 65537, and the old ones 3.
    private const int MaxExponentBits = 32;

    /// <summary>What is wrong with a certificate's key and with its signature.</summary>
    /// <param name="certificate">Any but a trusted root.</param>
    /// <param name="policy">Whose words count.</param>
    /// <returns>Null for nothing.</returns>
    public static Weakness? Of(X509Certificate2 certificate, TlsPolicy policy) =>
        OfKey(certificate, policy) ?? OfSignature(certificate, policy);

    /// <summary>What is wrong with a certificate's key.</summary>
    /// <returns>Null for nothing.</returns>
    public static Weakness? OfKey(X509Certificate2 certificate, TlsPolicy policy)
    {
        try
        {
            // Certificate ::= SEQUENCE { tbsCertificate SEQUENCE { [0] version, serial, signature, issuer, validity, subject, key ... } }
            var body = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.BER).ReadSequence().ReadSequence();
            if (body.PeekTag() is { TagClass: TagClass.ContextSpecific, TagValue: 0 })
                body.ReadEncodedValue();
            for (var i = 0; i < 5; i++)
                body.ReadEncodedValue();

            return OfKey(body.ReadEncodedValue(), policy.MinRsaBits, policy.MaxRsaBits);
        }
        catch (AsnContentException)
        {
            return new Weakness("key", "its key cannot be read: the encoding is malformed");
        }
    }

    /// <summary>What is wrong with a public key.</summary>
    /// <param name="key">A SubjectPublicKeyInfo in DER.</param>
    /// <param name="minRsaBits">The smallest RSA key.</param>
    /// <param name="maxRsaBits">The largest.</param>
    /// <returns>Null for nothing.</returns>
    public static Weakness? OfKey(ReadOnlyMemory<byte> key, int minRsaBits, int maxRsaBits)
    {
        try
        {
            var info = new AsnReader(key, AsnEncodingRules.DER).ReadSequence();
            var algorithm = info.ReadSequence();
            var kind = algorithm.ReadObjectIdentifier();
            var parameters = algorithm.HasData ? algorithm.ReadEncodedValue() : default;
            var bits = info.ReadBitString(out _);
            algorithm.ThrowIfNotEmpty();
            var detail = kind switch
            {
                RsaKey => IsNullOrAbsent(parameters)
                    ? OfRsa(bits, minRsaBits, maxRsaBits) : "its RSA key has parameters, and should have none",
                RsaPss => OfRsa(bits, minRsaBits, maxRsaBits) ?? OfPssKey(parameters),
                EcKey => OfCurve(parameters, bits),
                Ed25519 => bits.Length == 32 && parameters.IsEmpty ? null : "its Ed25519 key is malformed",
                _ => $"its key is of the kind {SafeText.Of(kind, 64)}; RSA, ECDSA on P-256, P-384, P-521, and Ed25519 are accepted",
            };
            return detail is null ? null : new Weakness("key", detail);
        }
        catch (AsnContentException)
        {
            return new Weakness("key", "its key cannot be read: the encoding is malformed");
        }
    }

    /// <summary>What is wrong with the signature on a certificate.</summary>
    /// <returns>Null for nothing.</returns>
    public static Weakness? OfSignature(X509Certificate2 certificate, TlsPolicy policy)
    {
        try
        {
            var whole = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.BER).ReadSequence();
            var body = whole.ReadSequence();
            if (body.PeekTag() is { TagClass: TagClass.ContextSpecific, TagValue: 0 })
                body.ReadEncodedValue();
            body.ReadEncodedValue();
            var inner = body.ReadEncodedValue();
            var outer = whole.ReadEncodedValue();

            // RFC 5280 section 4.1.1.2: what is signed says how it is signed, so that nobody can say something else.
            if (!inner.Span.SequenceEqual(outer.Span))
                return new Weakness("signature", "it names two algorithms for its signature, one inside and another outside");

            return OfSignature(outer, policy);
        }
        catch (AsnContentException)
        {
            return Unreadable;
        }
    }

    /// <summary>What is wrong with a signature's algorithm.</summary>
    /// <param name="algorithm">An AlgorithmIdentifier in DER.</param>
    /// <param name="policy">Whose words count.</param>
    public static Weakness? OfSignature(ReadOnlyMemory<byte> algorithm, TlsPolicy policy)
    {
        try
        {
            var scheme = SchemeOf(algorithm, out var name, out var trouble);
            if (scheme is null)
                return new Weakness("signature", $"it is signed with {name}, {trouble}");

            return policy.CertificateSchemes.Contains(scheme.Value) ? null : new Weakness(
                "signature",
                $"it is signed with {name}, and {nameof(TlsPolicy)}.{nameof(TlsPolicy.CertificateSchemes)} has no {scheme}");
        }
        catch (AsnContentException)
        {
            return Unreadable;
        }
    }

    /// <summary>The scheme that a certificate is signed by.</summary>
    /// <returns>Null for one that is not known to be strong, or cannot be read.</returns>
    public static TlsSignatureScheme? SchemeOf(X509Certificate2 certificate)
    {
        try
        {
            var whole = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.BER).ReadSequence();
            whole.ReadEncodedValue();
            return SchemeOf(whole.ReadEncodedValue(), out _, out _);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>The scheme that an algorithm is: for RSASSA-PSS with whichever key, and for ECDSA by its hash alone.</summary>
    /// <param name="algorithm">An AlgorithmIdentifier in DER.</param>
    /// <param name="name">Its name, or its number.</param>
    /// <param name="trouble">Why it is none; empty when it is one.</param>
    private static TlsSignatureScheme? SchemeOf(ReadOnlyMemory<byte> algorithm, out string name, out string trouble)
    {
        var reader = new AsnReader(algorithm, AsnEncodingRules.DER).ReadSequence();
        var oid = reader.ReadObjectIdentifier();
        var parameters = reader.HasData ? reader.ReadEncodedValue() : default;
        reader.ThrowIfNotEmpty();
        trouble = "";
        if (oid == RsaPss)
        {
            name = "RSASSA-PSS";
            trouble = PssParameters.Fault(parameters, out var hash) ?? "";
            return trouble.Length > 0 ? null : hash switch
            {
                256 => TlsSignatureScheme.RsaPssRsaeSha256,
                384 => TlsSignatureScheme.RsaPssRsaeSha384,
                _ => TlsSignatureScheme.RsaPssRsaeSha512,
            };
        }

        if (!Strong.TryGetValue(oid, out var known))
        {
            name = Forgeable.GetValueOrDefault(oid, SafeText.Of(oid, 64));
            trouble = Forgeable.ContainsKey(oid) ? "which can be forged" : "which is not known to be strong";
            return null;
        }

        name = known.Name;
        if (IsNullOrAbsent(parameters))
            return known.Scheme;

        trouble = "with parameters that it should not have";
        return null;
    }

    private static string? OfRsa(ReadOnlyMemory<byte> key, int minBits, int maxBits)
    {
        // RFC 8017 appendix A.1.1.
        var numbers = new AsnReader(key, AsnEncodingRules.DER).ReadSequence();
        var modulus = numbers.ReadIntegerBytes().Span;
        var exponent = numbers.ReadIntegerBytes().Span;
        numbers.ThrowIfNotEmpty();
        if ((modulus[0] | exponent[0]) >= 0x80)
            return "its RSA key has a negative number in it";

        var bits = BitsOf(modulus);
        if (bits < minBits || bits > maxBits)
            return FormattableString.Invariant($"its RSA key has {bits} bits; {minBits} to {maxBits} are accepted");
        if ((modulus[^1] & 1) == 0)
            return "its RSA key has an even modulus, which is no product of two primes";

        // With an exponent of 1 a signature is its own message.
        return BitsOf(exponent) is >= 2 and <= MaxExponentBits && (exponent[^1] & 1) == 1
            ? null : $"its RSA key has an exponent that is even, 1, or of more than {MaxExponentBits} bits";
    }

    private static int BitsOf(ReadOnlySpan<byte> number)
    {
        var rest = number.TrimStart((byte)0);
        return rest.IsEmpty ? 0 : (8 * rest.Length) - byte.LeadingZeroCount(rest[0]);
    }

    private static string? OfCurve(ReadOnlyMemory<byte> parameters, ReadOnlySpan<byte> point)
    {
        // RFC 5480 section 2.1.1: a curve is named. One that is spelt out may be any, and a weak one that looks like another.
        if (parameters.IsEmpty || parameters.Span[0] != 0x06)
            return "its ECDSA key spells out its curve in place of naming it; P-256, P-384 and P-521 are accepted";

        var curve = new AsnReader(parameters, AsnEncodingRules.DER).ReadObjectIdentifier();
        var size = curve switch
        {
            "1.2.840.10045.3.1.7" => 32,
            "1.3.132.0.34" => 48,
            "1.3.132.0.35" => 66,
            _ => 0,
        };
        if (size == 0)
            return $"its ECDSA key is on the curve {SafeText.Of(curve, 64)}; P-256, P-384 and P-521 are accepted";

        var isPoint = point is [4, ..] ? point.Length == 1 + (2 * size) : point is [2 or 3, ..] && point.Length == 1 + size;
        return isPoint ? null : "its ECDSA key is no point of its curve";
    }

    /// <summary>RFC 4055 section 1.2: a key for RSASSA-PSS alone may say with which parameters it signs, at the least.</summary>
    private static string? OfPssKey(ReadOnlyMemory<byte> parameters) =>
        parameters.IsEmpty || PssParameters.Fault(parameters, out _) is not { } wrong
            ? null : $"its RSASSA-PSS key is meant for signatures {wrong}";

    internal static bool IsNullOrAbsent(ReadOnlyMemory<byte> parameters) => parameters.Span is [] or [0x05, 0x00];

    private static readonly Weakness Unreadable =
        new("signature", "the algorithm of its signature cannot be read: the encoding is malformed");

    private static readonly Dictionary<string, (TlsSignatureScheme Scheme, string Name)> Strong = new()
    {
        ["1.2.840.113549.1.1.11"] = (TlsSignatureScheme.RsaPkcs1Sha256, "RSA and SHA-256"),
        ["1.2.840.113549.1.1.12"] = (TlsSignatureScheme.RsaPkcs1Sha384, "RSA and SHA-384"),
        ["1.2.840.113549.1.1.13"] = (TlsSignatureScheme.RsaPkcs1Sha512, "RSA and SHA-512"),
        ["1.2.840.10045.4.3.2"] = (TlsSignatureScheme.EcdsaSecp256r1Sha256, "ECDSA and SHA-256"),
        ["1.2.840.10045.4.3.3"] = (TlsSignatureScheme.EcdsaSecp384r1Sha384, "ECDSA and SHA-384"),
        ["1.2.840.10045.4.3.4"] = (TlsSignatureScheme.EcdsaSecp521r1Sha512, "ECDSA and SHA-512"),
        [Ed25519] = (TlsSignatureScheme.Ed25519, "Ed25519"),
    };

    private static readonly Dictionary<string, string> Forgeable = new()
    {
        ["1.2.840.113549.1.1.2"] = "RSA and MD2",
        ["1.2.840.113549.1.1.3"] = "RSA and MD4",
        ["1.2.840.113549.1.1.4"] = "RSA and MD5",
        ["1.2.840.113549.1.1.5"] = "RSA and SHA-1",
        ["1.3.14.3.2.29"] = "RSA and SHA-1",
        ["1.2.840.10040.4.3"] = "DSA and SHA-1",
        ["1.2.840.10045.4.1"] = "ECDSA and SHA-1",
    };
}
