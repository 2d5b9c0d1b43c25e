using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>Our records against BouncyCastle's own, both ways, in every suite that we speak.</summary>
public sealed class AeadRecordCipherTests
{
    private static readonly int[] Suites =
    [
        CipherSuite.TLS_AES_128_GCM_SHA256,
        CipherSuite.TLS_AES_256_GCM_SHA384,
        CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    [TestCaseSource(nameof(Suites))]
    public void A_stock_client_and_our_server_understand_each_other(int suite)
    {
        using var core = BouncyCastleCore.CreateServer(new TlsServerOptions { Credential = TestCertificates.Server });
        var version = TlsUtilities.IsValidVersionForCipherSuite(suite, ProtocolVersion.TLSv13) ? SslProtocols.Tls13 : SslProtocols.Tls12;
        var stock = new StockClient(version) { CipherSuites = [suite] };
        stock.Begin();
        using var pair = new RoguePair<StockClient>(core, stock);
        pair.ToCore();
        pair.Handshake();
        Assert.That((int)core.Session!.CipherSuite, Is.EqualTo(suite));

        foreach (var size in new[] { 1, 15, 16, 17, 1000, 16384, 40000 })
        {
            var data = new byte[size];
            new Random(size).NextBytes(data);
            stock.WriteApplicationData(data, 0, size);
            pair.ToCore();
            Assert.That(CorePair.ReadAll(core), Is.EqualTo(data));
            core.Write(data);
            pair.ToRogue();
            var echo = new byte[size];
            Assert.That(stock.ReadInput(echo, 0, size), Is.EqualTo(size));
            Assert.That(echo, Is.EqualTo(data));
            if (core.Session.Protocol == SslProtocols.Tls13)
                stock.SendKeyUpdate();
        }
    }

    [Test]
    public void Records_make_no_garbage_to_speak_of([Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);
        var data = new byte[16384];
        for (var i = 0; i < 3; i++)
            SendOne();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            SendOne();
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / 100;

        Assert.That(each, Is.LessThan(2000), "bytes a record of 16 KiB, both sides");

        void SendOne()
        {
            pair.Client.Write(data);
            pair.ToServer();
            while (pair.Server.Read(data, out _) == CoreStatus.Done)
            {
            }
        }
    }
}
