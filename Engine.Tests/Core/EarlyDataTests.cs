using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>
/// A server takes no early data; clients that were told otherwise by another server are served without (RFC 8446 section 4.2.10).
/// </summary>
[TestFixture]
internal sealed class EarlyDataTests
{
    private const int Most = 16 * 1024;

    [TestCase(false, new[] { 4 })]
    [TestCase(false, new[] { 1, 40, 1000 })]
    [TestCase(false, new[] { Most })]
    [TestCase(true, new[] { 40 })]
    [TestCase(true, new[] { 1, Most - 1 })]
    public void What_comes_before_the_clients_own_flight_is_dropped(bool isRetried, int[] sizes)
    {
        using var pair = Pair(isRetried, isAnnounced: true);

        var failure = Handshake(pair, sizes);

        Assert.That(failure, Is.Null);
        Assert.That(pair.Core.IsEstablished && pair.Rogue.IsConnected, Is.True);
    }

    [TestCase(false, true, new[] { Most, 1 }, TlsAlert.BadRecordMac)]
    [TestCase(true, true, new[] { Most, 1 }, TlsAlert.UnexpectedMessage)]
    [TestCase(false, false, new[] { 40 }, TlsAlert.BadRecordMac)]
    [TestCase(true, false, new[] { 40 }, TlsAlert.UnexpectedMessage)]
    public void What_is_too_much_or_was_not_announced_is_a_bad_record(bool isRetried, bool isAnnounced, int[] sizes, TlsAlert alert)
    {
        using var pair = Pair(isRetried, isAnnounced);

        var failure = Handshake(pair, sizes);

        Assert.That(failure?.Alert, Is.EqualTo(alert));
    }

    [Test]
    public void Behind_the_clients_own_flight_nothing_is_dropped()
    {
        using var pair = Pair(isRetried: false, isAnnounced: true);
        Assert.That(Handshake(pair, []), Is.Null);

        pair.In.Write(Record(40));

        Assert.That(
            () => pair.Core.Read(new byte[10], out _),
            Throws.InstanceOf<TlsException>().With.Property("Alert").EqualTo(TlsAlert.BadRecordMac));
    }

    private static RoguePair<StockClient> Pair(bool isRetried, bool isAnnounced)
    {
        var client = new StockClient(SslProtocols.Tls13)
        {
            AnnouncesEarlyData = isAnnounced,
            Groups = [NamedGroup.x25519, NamedGroup.secp384r1],
            KeyShares = isRetried ? [] : [NamedGroup.x25519],
        };
        client.Begin();
        var core = BouncyCastleCore.CreateServer(new TlsServerOptions { Credential = TestCertificates.Server });
        return new RoguePair<StockClient>(core, client);
    }

    /// <summary>A handshake with records of early data behind the first ClientHello.</summary>
    private static TlsException? Handshake(RoguePair<StockClient> pair, int[] sizes)
    {
        pair.Core.Attach(pair.In, pair.Out);
        pair.ToCore();
        foreach (var size in sizes)
            pair.In.Write(Record(size));

        try
        {
            for (var turn = 0; turn < 10 && !(pair.Core.IsEstablished && pair.Rogue.IsConnected); turn++)
            {
                pair.Core.StepHandshake();
                pair.ToRogue();
                pair.ToCore();
            }

            return null;
        }
        catch (TlsException failure)
        {
            return failure;
        }
    }

    /// <summary>A record that no key of ours has protected.</summary>
    private static byte[] Record(int size) => [23, 3, 3, (byte)(size >> 8), (byte)size, .. Enumerable.Repeat((byte)0x5A, size)];
}
