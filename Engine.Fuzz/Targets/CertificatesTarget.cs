using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.Certificates;
using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Targets;

/// <summary>Certificates with fields that are rare or malformed, rightly signed, and certificates that are damaged.</summary>
internal sealed class CertificatesTarget : ITarget
{
    private static readonly string[] Rare =
    [
        "2.5.29.9", "2.5.29.14", "2.5.29.15", "2.5.29.16", "2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.24", "2.5.29.30", "2.5.29.31",
        "2.5.29.32", "2.5.29.33", "2.5.29.35", "2.5.29.36", "2.5.29.37", "2.5.29.46", "2.5.29.54", "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.3",
        "1.3.6.1.5.5.7.1.11", "1.3.6.1.5.5.7.1.24", "1.3.6.1.4.1.11129.2.4.2", "1.3.6.1.4.1.11129.2.4.3", "2.16.840.1.113730.1.1",
            "1.2.3.4",
    ];

    private static readonly byte[][] Values =
    [
        [], [0x30, 0x00], [0x05, 0x00], [0x03, 0x02, 0x07, 0x80], [0x30, 0x03, 0x02, 0x01, 0x05], [0x04, 0x00],
            [0x30, 0x03, 0x01, 0x01, 0xFF],
        [0x30, 0x0A, 0x06, 0x08, 0x2B, 6, 1, 5, 5, 7, 3, 1], [0x30, 0x0D, 0x82, 0x0B, .. "localhost.a"u8],
            [0x30, 0x0B, 0x82, 0x09, .. "localhost"u8],
        [0x30, 0x06, 0x30, 0x04, 0x06, 0x02, 0x2A, 0x03], [0x02, 0x01, 0x00], [0x30, 0x80, 0x00, 0x00], [0x30, 0x03, 0x80, 0x01, 0x00],
        [0x30, 0x0F, 0xA0, 0x0D, 0x30, 0x0B, 0x82, 0x09, .. "localhost"u8],
            [0x30, 0x0F, 0xA1, 0x0D, 0x30, 0x0B, 0x82, 0x09, .. "localhost"u8],
    ];

    public string Name => "certificates";

    public string Oracle =>
        "A certificate is loaded or refused as malformed; every look at it comes back without an exception; accepted is only what has the "
        + "name, and the intermediate's signature; what is said of it is short and shows no control character.";

    public byte[] Make(Dice dice)
    {
        if (dice.OneIn(3))
        {
            var whole = Identities.Server(dice.Of(Enum.GetValues<KeyKind>())).Credential.Certificate.RawData;
            return [0, .. Mutator.Change(whole, whole, dice)];
        }

        var bytes = new List<byte> { 1, dice.Byte() };
        for (var count = 1 + dice.Below(4); count > 0; count--)
        {
            var value = dice.OneIn(3) ? Mutator.Change(dice.Of(Values), dice.Of(Values), dice) : dice.Of(Values);
            value = value[..Math.Min(value.Length, 255)];
            bytes.AddRange([dice.Byte(), (byte)value.Length, .. value]);
        }

        return [.. bytes];
    }

    public Outcome Run(ReadOnlySpan<byte> input)
    {
        var bytes = input.ToArray();
        var isBuilt = bytes is [1, ..];
        var encoded = isBuilt ? Build(bytes[1..]) : bytes.Length > 0 ? bytes[1..] : [];
        if (encoded is null)
            return new Outcome("not to be built");

        var words = Running.Oracle.Guard(
            encoded.Length, (16 << 20, 2000), () => Examine(encoded, isBuilt), static e => false);
        return new Outcome(words);
    }

    /// <summary>A leaf with these extensions, signed by the intermediate.</summary>
    /// <returns>Null where the platform builds none.</returns>
    private static byte[]? Build(byte[] choices)
    {
        var reader = new InputReader(choices);
        var flags = reader.Byte();
        var extensions = new List<X509Extension>();
        var seen = new HashSet<string>();
        while (!reader.IsAtEnd && extensions.Count < 6)
        {
            var which = reader.Byte();
            var name = Rare[(which & 0x7F) % Rare.Length];
            var value = reader.Bytes(reader.Byte());
            if (seen.Add(name))
                extensions.Add(new X509Extension(name, value, critical: which >= 0x80));
        }

        // Most have what a server's must have, so that the rare field decides.
        if ((flags & 1) == 0 && seen.Add(CertificateNames.Extension))
            extensions.Add(new X509Extension(CertificateNames.Extension, [0x30, 0x0B, 0x82, 0x09, .. "localhost"u8], critical: false));
        try
        {
            using var leaf = Identities.Leaf(
                "rare", Identities.PublicKeyOf(Identities.EcKey("rare")), request => extensions.ForEach(request.CertificateExtensions.Add));
            return leaf.RawData;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string Examine(byte[] encoded, bool isBuilt)
    {
        X509Certificate2 leaf;
        try
        {
            leaf = X509CertificateLoader.LoadCertificate(encoded);
        }
        catch (CryptographicException)
        {
            return "not loaded";
        }

        using (leaf)
        {
            var form = CertificateForm.FaultOf(leaf);
            var text = CertificateText.NameOf(leaf) + CertificateText.IssuerOf(leaf);
            if (text.Any(char.IsControl) || text.Length > 1000)
                throw new FindException($"What is said of it has {text.Length} letters, or control characters.");
            _ = (MustStaple.IsDemandedBy(leaf), TlsPolicy.Default.WeaknessOf(leaf), CertificateForm.ConstrainsPolicies(leaf));
            using var examination = Examination.Run(new ExaminationSubject
            {
                Presented = [leaf, Identities.Intermediate], Verification = Identities.Trust with { Memory = null }, Now = Identities.Now,
                Policy = TlsPolicy.Default, Name = PeerName.Parse(Identities.Host, "host"), TargetHost = Identities.Host,
                CheckPolicies = PolicyTree.IsValid,
            });
            if (examination.Rejection is { } rejection)
                return rejection.Message.Any(letter => char.IsControl(letter) && letter != '\n') || rejection.Message.Length > 2000
                    ? throw new FindException($"Words that are too long or unfit: {rejection.Message}") : $"{form}; {rejection.Message}";
            if (!isBuilt && !IsOurs(encoded))
                throw new FindException("A certificate is accepted that nobody has signed.");
            return "accepted";
        }
    }

    /// <summary>Whether all that is signed is as it was.</summary>
    private static bool IsOurs(byte[] encoded) => Enum.GetValues<KeyKind>().Any(kind =>
    {
        var own = new Org.BouncyCastle.X509.X509Certificate(Identities.Server(kind).Credential.Certificate.RawData);
        return own.GetTbsCertificate().AsSpan().SequenceEqual(new Org.BouncyCastle.X509.X509Certificate(encoded).GetTbsCertificate());
    });
}
