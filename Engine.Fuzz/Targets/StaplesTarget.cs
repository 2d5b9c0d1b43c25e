using Org.BouncyCastle.Asn1.Ocsp;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Targets;

/// <summary>Stapled OCSP responses, damaged.</summary>
internal sealed class StaplesTarget : ITarget
{
    public string Name => "staples";

    public string Oracle => "A response is judged without an exception; good is only one whose signed part is what the issuer has signed.";

    public byte[] Make(Dice dice)
    {
        var own = Staples.Good(KeyKind.Ecdsa);
        return dice.OneIn(20) ? dice.Bytes(dice.Below(100)) : Mutator.Change(own, Staples.Good(KeyKind.Rsa), dice);
    }

    public Outcome Run(ReadOnlySpan<byte> input)
    {
        var bytes = input.ToArray();
        var leaf = Identities.Server(KeyKind.Ecdsa).Credential.Certificate;
        var words = Running.Oracle.Guard(bytes.Length, (8 << 20, 1000), () =>
        {
            var status = StapledResponse.Check(bytes, leaf, Identities.Intermediate, Identities.Now, TlsPolicy.Default);
            if (status == StapleStatus.Good && !IsSigned(bytes))
                throw new FindException("A response is good that nobody has signed.");
            return status.ToString();
        }, static _ => false);
        var offered = Running.Oracle.Guard(bytes.Length, (1 << 20, 100), () =>
        {
            _ = new OcspStaple(bytes);
            return "offered";
        }, static e => e is ArgumentException);
        return new Outcome($"{words} {offered}");
    }

    private static bool IsSigned(byte[] bytes) => Signed(bytes).AsSpan().SequenceEqual(Signed(Staples.Good(KeyKind.Ecdsa)));

    private static byte[] Signed(byte[] response) =>
        BasicOcspResponse.GetInstance(OcspResponse.GetInstance(
            response).ResponseBytes.Response.GetOctets()).TbsResponseData.GetDerEncoded();
}
