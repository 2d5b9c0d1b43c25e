using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Pkcs;
using TlsFsm.Abstractions.Credentials;
using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Targets;

/// <summary>Certificates and keys as files have them.</summary>
internal sealed class PemTarget : ITarget
{
    private static readonly Lazy<byte[]> Chain = new(() => Encoding.Latin1.GetBytes(
        string.Concat(Identities.Server(KeyKind.Ecdsa).Chain.Select(one => one.ExportCertificatePem() + "\n"))));

    private static readonly Lazy<byte[][]> Keys = new(() =>
        [.. Enum.GetValues<KeyKind>().Select(kind => Encoding.Latin1.GetBytes(PemEncoding.WriteString(
            "PRIVATE KEY", PrivateKeyInfoFactory.CreatePrivateKeyInfo(Identities.Server(kind).Key).GetDerEncoded())))]);

    public string Name => "pem";

    public string Oracle => "Reading gives a credential, or throws what is documented: CryptographicException or ArgumentException.";

    public byte[] Make(Dice dice)
    {
        byte[] all = [.. Chain.Value, .. dice.Of(Keys.Value)];
        return [dice.Byte(), .. Mutator.Change(all, dice.Of(Keys.Value), dice)];
    }

    public Outcome Run(ReadOnlySpan<byte> input)
    {
        var choice = input.IsEmpty ? (byte)0 : input[0];
        var bytes = input.IsEmpty ? [] : input[1..].ToArray();
        var text = Encoding.Latin1.GetString(bytes);

        // The platform itself derives keys of PBES2 by as many rounds as a file says: a file is its owner's.
        if (text.Contains("ENCRYPTED", StringComparison.Ordinal))
            return new Outcome("encrypted");

        var words = Running.Oracle.Guard(bytes.Length, (4 << 20, 64), () => (choice % 4) switch
        {
            0 => $"{CredentialReader.Certificates(text).Count} certificates",
            1 => Words(TlsCredential.FromPem(text, text)),
            2 => Words(TlsCredential.FromPem(Encoding.Latin1.GetString(Chain.Value), text)),
            _ => Roots(text),
        }, static e => e is CryptographicException or ArgumentException);
        return new Outcome(words);
    }

    private static string Words(TlsCredential credential) => $"{credential.Intermediates.Count} beside the leaf";

    private static string Roots(string text)
    {
        _ = CertificateVerification.TrustedRootsFromPem(text);
        return "roots";
    }
}
