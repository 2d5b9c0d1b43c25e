using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Strictness;

/// <summary>What can be wrong with a key share of TLS 1.2 that a server has signed: the signature is looked at first.</summary>
[TestFixtureSource(typeof(Detour), nameof(Detour.All))]
internal sealed class ServerKeyExchangeFaultTests(Detour detour) : OnEveryWay(detour)
{
    private const int RandomSize = 32;

    [TestCase(TlsNamedGroup.X25519, 31)]
    [TestCase(TlsNamedGroup.Secp256r1, 33)]
    [TestCase(TlsNamedGroup.Secp256r1, 65)]
    [TestCase(TlsNamedGroup.Secp384r1, 97)]
    [Proves(nameof(HelloFaults.BadKeyShare))]
    public void A_signed_point_is_one_of_its_group_and_uncompressed(TlsNamedGroup group, int size)
    {
        using var trial = Signing(group, [(byte)(size % 2 == 0 ? 4 : 2), .. Enumerable.Repeat((byte)7, size - 1)]);

        trial.Fails(HelloFaults.BadKeyShare);
    }

    [Test, Proves(nameof(HelloFaults.LowOrderPoint))]
    public void A_signed_point_of_low_order_is_refused([Values(0, 1)] int point)
    {
        using var trial = Signing(TlsNamedGroup.X25519, [(byte)point, .. new byte[31]]);

        trial.Fails(HelloFaults.LowOrderPoint);
    }

    [Test]
    public void A_signed_point_of_its_group_is_taken()
    {
        // The base point of RFC 7748. The rogue goes on with its own, and it is the rogue to whom our Finished means nothing.
        using var trial = Signing(TlsNamedGroup.X25519, [9, .. new byte[31]]);

        var fault = trial.Outcome();

        Assert.That(fault?.Fault, Is.Not.EqualTo(TlsFault.PeerMisbehaved), $"{fault}");
    }

    /// <summary>A server that signs a share of our choice with its certificate's key, as RFC 8422 section 5.4 has it.</summary>
    private static Trial Signing(TlsNamedGroup group, byte[] point)
    {
        byte[] clientRandom = [], serverRandom = [];
        var policy = TlsPolicy.Default with { Groups = [group] };
        var trial = Trial.OfServer(
            SslProtocols.Tls12,
            new TlsServerOptions { Credential = TestCertificates.Server, EnabledProtocols = SslProtocols.Tls12, Policy = policy },
            new TlsClientOptions
            {
                TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = SslProtocols.Tls12,
                Policy = policy,
            });
        trial.Core.MessageObserver = message =>
        {
            if (message.HandshakeType == TlsHandshakeType.ClientHello)
                clientRandom = message.Bytes.Slice(6, RandomSize).ToArray();
        };
        trial.Rogue.Instead = (type, content) =>
        {
            if (type == ContentType.handshake && content[0] == Messages.ServerHello)
                serverRandom = content[6..(6 + RandomSize)];
            return type == ContentType.handshake && content[0] == Messages.ServerKeyExchange
                ? [(type, Messages.Make(content[0], Signed(clientRandom, serverRandom, group, point)))]
                : [(type, content)];
        };
        return trial;
    }

    private static byte[] Signed(byte[] clientRandom, byte[] serverRandom, TlsNamedGroup group, byte[] point)
    {
        const byte NamedCurve = 3;
        byte[] ecdsaSha256 = [4, 3];
        byte[] parameters = [NamedCurve, (byte)((int)group >> 8), (byte)group, (byte)point.Length, .. point];
        using var key = TestCertificates.Server.Certificate.GetECDsaPrivateKey()!;
        var signature = key.SignData(
            [.. clientRandom, .. serverRandom, .. parameters], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return [.. parameters, .. ecdsaSha256, .. Messages.Vector16(signature)];
    }
}
