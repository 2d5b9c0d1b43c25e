using System.Formats.Asn1;

namespace TlsFsm.Abstractions.Policy;

/// <summary>The parameters of RSASSA-PSS, without which its name says nothing.</summary>
internal static class PssParameters
{
    private const string Mgf1 = "1.2.840.113549.1.1.8";

    // RFC 4055 section 3.1: the salt when none is named. Less than that proves less.
    private const int MinSalt = 20;

    /// <summary>RFC 4055 section 3.1; what is left out is SHA-1.</summary>
    /// <param name="parameters">In DER; empty for none.</param>
    /// <param name="hash">The bits of SHA-2.</param>
    /// <returns>What is wrong with them, to be read behind "signed with RSASSA-PSS,"; null for nothing.</returns>
    public static string? Fault(ReadOnlyMemory<byte> parameters, out int hash)
    {
        hash = 0;
        if (parameters.IsEmpty)
            return "with SHA-1, which can be forged";

        var reader = new AsnReader(parameters, AsnEncodingRules.DER).ReadSequence();
        var digest = ReadOptional(reader, 0) is { } named ? HashOf(named.ReadSequence()) : 1;
        var mask = 1;
        if (ReadOptional(reader, 1) is { } generator)
        {
            var function = generator.ReadSequence();
            if (function.ReadObjectIdentifier() != Mgf1)
                return "with a mask other than MGF1";

            mask = HashOf(function.ReadSequence());
        }

        var salt = 20;
        if (ReadOptional(reader, 2) is { } length && !length.TryReadInt32(out salt))
            return "with a salt of an impossible length";
        var trailer = 1;
        if (ReadOptional(reader, 3) is { } field && !field.TryReadInt32(out trailer))
            trailer = 0;
        reader.ThrowIfNotEmpty();

        hash = digest;
        if (digest is 0 or 1)
            return digest == 1 ? "with SHA-1, which can be forged" : "with a hash that is not known to be strong";
        if (mask != digest)
            return "with one hash for the message and another for the mask";
        if (salt < MinSalt)
            return FormattableString.Invariant($"with a salt of {salt} bytes; {MinSalt} are the least");

        return trailer == 1 ? null : "with a trailer other than the usual one";
    }

    private static AsnReader? ReadOptional(AsnReader reader, int number)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, number, isConstructed: true);
        return reader.HasData && reader.PeekTag() == tag ? reader.ReadSequence(tag) : null;
    }

    /// <returns>The bits of SHA-2; 1 for SHA-1; 0 for another.</returns>
    private static int HashOf(AsnReader algorithm)
    {
        var hash = algorithm.ReadObjectIdentifier() switch
        {
            "1.3.14.3.2.26" => 1,
            "2.16.840.1.101.3.4.2.1" => 256,
            "2.16.840.1.101.3.4.2.2" => 384,
            "2.16.840.1.101.3.4.2.3" => 512,
            _ => 0,
        };
        return !algorithm.HasData || Strength.IsNullOrAbsent(algorithm.ReadEncodedValue()) ? hash : 0;
    }
}
