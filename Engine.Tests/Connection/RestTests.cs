using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Benchmarks.Cost;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>What a connection lets go of, with its handshake and when there is nothing to do, and that nobody misses it.</summary>
[TestFixture]
internal sealed class RestTests
{
    private const string Settings = nameof(TwoEngines.Settings);

    /// <summary>The platform's ciphers by their own way, and short records by the other.</summary>
    private static readonly int[] Sizes = [1, 5_000, 100, 40_000];

    [Test]
    public void A_connection_that_has_rested_goes_on_as_before(
        [ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting,
        [Values(TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256)] TlsCipherSuite suite)
    {
        var policy = setting.Version == SslProtocols.Tls13 ? new TlsPolicy { CipherSuites = [suite] } : TlsPolicy.Default;
        var pair = new TwoEngines(
            setting, TwoEngines.ClientOptions(setting.Version) with { Policy = policy },
            TwoEngines.ServerOptions(setting.Version) with { Policy = policy });
        pair.Connect();
        var sent = new List<byte>();

        foreach (var size in Sizes.Where(size => size <= TwoEngines.PayloadSize(setting.ChunkSize)))
        {
            var bytes = Toy.Bytes(size);
            sent.AddRange(bytes);
            pair.Client.Transport.Write(bytes);
            pair.Server.Transport.Write(bytes);
            pair.Run();
            pair.Client.Connection.Parts.Rest();
            pair.Server.Connection.Parts.Rest();
        }

        pair.Client.Transport.Close();
        pair.Run();
        Assert.That(pair.Server.Application.Received, Is.EqualTo(sent));
        Assert.That(pair.Client.Application.Received, Is.EqualTo(sent));
        pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
    }

    [Test]
    public void Keys_are_updated_after_a_rest()
    {
        var pair = TwoEngines.Connected(new TwoEngines.Setting(SslProtocols.Tls13, int.MaxValue));
        pair.Client.Connection.Parts.Rest();
        pair.Server.Connection.Parts.Rest();

        pair.Client.Connection.UpdateKeys(requestPeer: true);
        pair.Run();
        pair.Client.Connection.Parts.Rest();
        pair.Client.Transport.Write("under the new key"u8);
        pair.Run();

        Assert.That(pair.Server.Application.Received, Is.EqualTo("under the new key"u8.ToArray()));
    }

    [Test]
    public void Rest_before_during_and_after_a_connection_changes_nothing()
    {
        var pair = new TwoEngines(new TwoEngines.Setting(SslProtocols.Tls13, int.MaxValue));
        pair.Client.Connection.Parts.Rest();
        pair.Server.Connection.ConnectionMade(pair.Server.Lower);
        pair.Server.Connection.Parts.Rest();
        pair.Client.Connection.ConnectionMade(pair.Client.Lower);
        pair.Run();

        pair.Client.Transport.Close();
        pair.Run();
        pair.Client.Connection.Parts.Rest();
        pair.Server.Connection.Parts.Rest();

        pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
    }

    [TestCase(true, 7_000)]
    [TestCase(false, 11_000)]
    public void An_idle_connection_at_rest_holds_few_bytes(bool isServer, int most)
    {
        // Two of a kind: what both reach is shared. The options are among that, as in a server.
        var setting = new TwoEngines.Setting(SslProtocols.Tls13, int.MaxValue);
        var (client, server) = (TwoEngines.ClientOptions(setting.Version), TwoEngines.ServerOptions(setting.Version));
        var connections = new List<TlsConnection>();
        for (var i = 0; i < 3; i++)
        {
            var pair = new TwoEngines(setting, client, server);
            pair.Connect();
            pair.Client.Transport.Write(Toy.Bytes(16 * 1024));
            pair.Server.Transport.Write(Toy.Bytes(16 * 1024));
            pair.Run();
            var one = (isServer ? pair.Server : pair.Client).Connection;
            one.Parts.Rest();
            connections.Add(one);
        }

        var held = HeldObjects.Of(
            connections[1], connections[2], static found => found is TurnByTurnLoop or RecordingApplication or PipeTransport);

        Assert.That(
            held.Sum(static kind => kind.Bytes), Is.LessThan(most),
            () => string.Join("\n", held.Select(static kind => $"{kind.Bytes,6} {kind.Count} x {kind.Name} of {kind.Holders}")));
        Assert.That(held.Select(static kind => kind.Name), Has.None.StartsWith("AesGcm").And.None.StartsWith("GcmBlockCipher"));
    }
}
