using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Records;

/// <summary>
/// Machines that lack a cipher: BouncyCastle's own takes its place, for whole connections. Signatures have no such way, and need none: the
/// policy's schemes are RSA and ECDSA on P-256, P-384 and P-521, which every platform of .NET has.
/// </summary>
public sealed class FallbackTests
{
    private static readonly PlatformCiphers Here = PlatformCiphers.OfThisMachine;

    private static readonly TlsCipherSuite[] Suites =
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    private static readonly PlatformCiphers[] Poorer =
    [
        new(HasAesGcm: false, HasChaCha20Poly1305: false, HasAesInstructions: false),
        Here with { HasAesGcm = false },
        Here with { HasChaCha20Poly1305 = false },
        Here with { HasAesInstructions = false },
        Here with { AsksOpenSsl = false },
    ];

    [Test, Pairwise]
    public void A_machine_that_lacks_a_cipher_speaks_with_one_that_has_it(
        [ValueSource(nameof(Suites))] TlsCipherSuite suite, [Range(0, 4)] int lacking, [Values] bool isServerPoorer)
    {
        var poorer = Poorer[lacking];
        using var pair = CorePair.Connected(Client(suite, isServerPoorer ? Here : poorer), Server(suite, isServerPoorer ? poorer : Here));
        Assert.That(pair.Client.Session!.CipherSuite, Is.EqualTo(suite));

        foreach (var size in new[] { 1, 64, 1_024, 1_025, 16_384, 16_385, 50_000 })
        {
            var text = RecordBytes.Text(size);
            pair.Client.Write(text);
            pair.ToServer();
            Assert.That(CorePair.ReadAll(pair.Server), Is.EqualTo(text));
            pair.Server.Write(text);
            pair.ToClient();
            Assert.That(CorePair.ReadAll(pair.Client), Is.EqualTo(text));
            if (pair.Client.Session.Protocol == SslProtocols.Tls13)
                (size % 2 == 0 ? pair.Client : pair.Server).UpdateKeys(requestPeer: true);
        }

        pair.Client.CloseWrite();
        pair.ToServer();
        Assert.That(pair.Server.Read(new byte[1], out _), Is.EqualTo(CoreStatus.EndOfStream));
    }

    [Test]
    public void A_forged_record_is_refused_without_the_platform_too([ValueSource(nameof(Suites))] TlsCipherSuite suite)
    {
        using var pair = CorePair.Connected(Client(suite, Here), Server(suite, Poorer[0]));
        pair.Client.Write("evil"u8);
        pair.ClientOut.Segment.AsSpan()[^1] ^= 1;
        pair.ToServer();

        var fault = Assert.Throws<TlsException>(() => CorePair.ReadAll(pair.Server));

        Assert.That(fault!.Alert, Is.EqualTo(TlsAlert.BadRecordMac));
    }

    [Test]
    public void What_is_taken_away_is_not_used()
    {
        // The ways are told apart by their garbage: BouncyCastle makes some for each record.
        Assert.That(GarbageOfARecord(Poorer[0]), Is.GreaterThan(16_384));
        Assert.That(GarbageOfARecord(Here), Is.LessThan(2_000));
    }

    private static long GarbageOfARecord(PlatformCiphers ciphers)
    {
        using var pair = CorePair.Connected(
            Client(TlsCipherSuite.TLS_AES_128_GCM_SHA256, ciphers), Server(TlsCipherSuite.TLS_AES_128_GCM_SHA256, ciphers));
        var data = new byte[16_384];
        for (var i = 0; i < 3; i++)
            SendOne();
        var before = GC.GetAllocatedBytesForCurrentThread();
        SendOne();
        return GC.GetAllocatedBytesForCurrentThread() - before;

        void SendOne()
        {
            pair.Client.Write(data);
            pair.ToServer();
            while (pair.Server.Read(data, out _) == CoreStatus.Done)
            {
            }
        }
    }

    private static TlsClientOptions Client(TlsCipherSuite suite, PlatformCiphers ciphers) => new()
    {
        TargetHost = TestCertificates.Host,
        Verification = TestCertificates.Verification,
        Policy = Only(suite),
        Platform = ciphers,
    };

    private static TlsServerOptions Server(TlsCipherSuite suite, PlatformCiphers ciphers) => new()
    {
        Credential = TestCertificates.Server,
        Policy = Only(suite),
        Platform = ciphers,
    };

    private static TlsPolicy Only(TlsCipherSuite suite) => new()
    {
        Protocols = (int)suite < 0x2000 ? SslProtocols.Tls13 : SslProtocols.Tls12,
        CipherSuites = [suite],
    };
}
