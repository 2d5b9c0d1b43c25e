using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

public sealed class KeyUpdateTests
{
    // A KeyUpdate with header and protection: 5 + 4 + 1 + 1 + 16.
    private const int KeyUpdateSize = 27;

    [Test]
    public void Keys_are_updated_on_demand_and_data_goes_on_both_ways([Values] bool isPeerAsked)
    {
        using var pair = CorePair.Connected(SslProtocols.Tls13);

        pair.Client.UpdateKeys(isPeerAsked);
        Assert.That(pair.ClientOut.Pending, Is.EqualTo(KeyUpdateSize));
        pair.Client.Write("under the new key"u8);
        pair.ToServer();
        Assert.That(CorePair.ReadAll(pair.Server), Is.EqualTo("under the new key"u8.ToArray()));

        Assert.That(pair.ServerOut.Pending, Is.EqualTo(isPeerAsked ? KeyUpdateSize : 0), "a pure reader answers at once");
        pair.Server.Write("answer"u8);
        pair.ToClient();
        Assert.That(CorePair.ReadAll(pair.Client), Is.EqualTo("answer"u8.ToArray()));
        Assert.That(pair.ClientOut.Pending, Is.Zero, "no answer to an answer");
    }

    [Test]
    public void Both_sides_may_ask_at_once()
    {
        using var pair = CorePair.Connected(SslProtocols.Tls13);
        pair.Client.UpdateKeys(requestPeer: true);
        pair.Server.UpdateKeys(requestPeer: true);

        for (var turn = 0; turn < 3; turn++)
        {
            pair.ToServer();
            pair.ToClient();
            Assert.That(CorePair.ReadAll(pair.Server), Is.Empty);
            Assert.That(CorePair.ReadAll(pair.Client), Is.Empty);
        }

        Assert.That((pair.ClientOut.Pending, pair.ServerOut.Pending), Is.EqualTo((0, 0)));
        pair.Client.Write("x"u8);
        pair.ToServer();
        Assert.That(CorePair.ReadAll(pair.Server), Has.Length.EqualTo(1));
    }

    [Test]
    public void Answers_that_we_asked_for_do_not_count_against_the_peer()
    {
        using var pair = CorePair.Connected(SslProtocols.Tls13);

        for (var turn = 0; turn < 100; turn++)
        {
            pair.Client.UpdateKeys(requestPeer: true);
            pair.ToServer();
            Assert.That(CorePair.ReadAll(pair.Server), Is.Empty);
            pair.Server.Write([]);
            pair.ToClient();
            Assert.That(CorePair.ReadAll(pair.Client), Is.Empty);

            // The limit of the server is for what is not asked for: its count begins again with data.
            pair.Client.Write("x"u8);
            pair.ToServer();
            Assert.That(CorePair.ReadAll(pair.Server), Has.Length.EqualTo(1));
        }
    }

    [Test]
    public void One_answer_that_has_not_left_is_enough_for_all_that_ask_meanwhile()
    {
        using var pair = CorePair.Connected(SslProtocols.Tls13);

        for (var turn = 0; turn < 1000; turn++)
        {
            pair.Client.UpdateKeys(requestPeer: true);
            pair.Client.Write("x"u8);
            pair.ToServer();
            Assert.That(CorePair.ReadAll(pair.Server), Has.Length.EqualTo(1));
        }

        Assert.That(pair.ServerOut.Pending, Is.EqualTo(KeyUpdateSize), "nothing was read of it");
        pair.ToClient();
        Assert.That(CorePair.ReadAll(pair.Client), Is.Empty);
        pair.Server.Write("before the next data"u8);
        Assert.That(pair.ServerOut.Pending, Is.GreaterThan(2 * KeyUpdateSize), "who asked behind the first answer gets another, with it");
        pair.ToClient();
        Assert.That(CorePair.ReadAll(pair.Client), Is.EqualTo("before the next data"u8.ToArray()));
    }

    [Test]
    public void A_key_is_for_as_many_records_as_the_options_say()
    {
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = SslProtocols.Tls13,
            RecordsPerKey = 3,
        };
        using var pair = CorePair.Connected(options, CorePair.ServerOptions(SslProtocols.Tls13));

        var sizes = new List<int>();
        for (var i = 0; i < 8; i++)
        {
            pair.Client.Write("x"u8);
            sizes.Add(pair.ClientOut.Pending);
            pair.ToServer();
            Assert.That(CorePair.ReadAll(pair.Server), Has.Length.EqualTo(1));
        }

        // One byte of data: 5 + 1 + 1 + 16.
        Assert.That(sizes, Is.EqualTo(new[] { 23, 23, 23, 23 + KeyUpdateSize, 23, 23, 23 + KeyUpdateSize, 23 }));
    }

    [Test]
    public void TLS_12_has_no_key_update()
    {
        using var pair = CorePair.Connected(SslProtocols.Tls12);

        Assert.That(() => pair.Client.UpdateKeys(false), Throws.InvalidOperationException.With.Message.Contains("TLS 1.2"));
        pair.Client.Write("goes on"u8);
        pair.ToServer();
        Assert.That(CorePair.ReadAll(pair.Server), Has.Length.EqualTo(7));
    }

    [Test]
    public void Keys_are_not_updated_before_the_handshake_nor_after_the_close()
    {
        using var fresh = new CorePair();
        using var pair = CorePair.Connected(SslProtocols.Tls13);
        pair.Client.StepShutdown();

        Assert.That(() => fresh.Client.UpdateKeys(false), Throws.InvalidOperationException);
        Assert.That(() => pair.Client.UpdateKeys(false), Throws.InvalidOperationException);
    }

    [Test]
    public void A_core_without_keys_says_so()
    {
        ITlsCore core = new Conformance.ToyCore();

        Assert.That(() => core.UpdateKeys(false), Throws.InstanceOf<NotSupportedException>());
        Assert.That(() => core.ExportKeyingMaterial("EXPERIMENTAL", null, 1), Throws.InstanceOf<NotSupportedException>());
        Assert.That(() => core.GetChannelBinding(TlsChannelBinding.TlsExporter), Throws.InstanceOf<NotSupportedException>());
    }

    [TestCase(0)]
    [TestCase((1 << 20) + 1)]
    public void A_number_of_records_out_of_range_is_refused(int records) =>
        Assert.That(() => new TlsClientOptions { RecordsPerKey = records }, Throws.InstanceOf<ArgumentOutOfRangeException>());
}
