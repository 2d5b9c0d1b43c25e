using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>What a connection adds to its core's keys and secrets: states, and output that does not wait.</summary>
[TestFixture]
internal sealed class KeysAndSecretsTests
{
    private const string Settings = nameof(TwoEngines.Settings);

    /// <summary>TLS 1.2 has no KeyUpdate.</summary>
    private static IEnumerable<TwoEngines.Setting> SettingsOfTls13 =>
        TwoEngines.Settings().Where(setting => setting.Version == SslProtocols.Tls13);

    [Test]
    public void Updated_keys_reach_the_peer_at_once_and_a_pure_reader_answers(
        [ValueSource(nameof(SettingsOfTls13))] TwoEngines.Setting setting)
    {
        var pair = TwoEngines.Connected(setting);
        var (before, answered) = (pair.Client.Pipe.Delivered, pair.Server.Pipe.Delivered);

        pair.Client.Connection.UpdateKeys(requestPeer: true);
        pair.Run();

        Assert.That(pair.Client.Pipe.Delivered - before, Is.EqualTo(27), "one KeyUpdate");
        Assert.That(pair.Server.Pipe.Delivered - answered, Is.EqualTo(27), "and its answer, though the server has nothing to say");
        pair.Client.Transport.Write("under the new key"u8);
        pair.Run();
        Assert.That(pair.Server.Application.Received, Is.EqualTo("under the new key"u8.ToArray()));
    }

    [Test]
    public void Keys_are_updated_in_the_state_wrapped_alone()
    {
        var fresh = new TestConnection();
        var closed = TestConnection.Wrapped();
        closed.Transport.Close();

        Assert.That(
            () => fresh.Connection.UpdateKeys(false),
            Throws.InvalidOperationException.With.Message.Contains("this connection is Unwrapped"));
        Assert.That(
            () => closed.Connection.UpdateKeys(false),
            Throws.InvalidOperationException.With.Message.Contains($"needs state {TlsState.Wrapped}"));
    }

    [Test]
    public void Both_connections_export_the_same_and_are_bound_alike([ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting)
    {
        var pair = TwoEngines.Connected(setting);

        var exported = pair.Client.Connection.ExportKeyingMaterial("EXPERIMENTAL", null, 20);

        Assert.That(pair.Server.Connection.ExportKeyingMaterial("EXPERIMENTAL", null, 20), Is.EqualTo(exported));
        Assert.That(
            pair.Server.Connection.GetChannelBinding(TlsChannelBinding.TlsExporter),
            Is.EqualTo(pair.Client.Connection.GetChannelBinding(TlsChannelBinding.TlsExporter)));
    }

    [Test]
    public void Sessions_are_resumed_whatever_the_chunks([ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting)
    {
        var cache = new MemorySessionCache();
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = setting.Version,
            SessionCache = cache,
        };
        var server = TwoEngines.ServerOptions(setting.Version);
        for (var round = 0; round < 3; round++)
        {
            var pair = new TwoEngines(setting, client, server);
            pair.Connect();
            Assert.That(pair.Client.Connection.Session!.IsResumed, Is.EqualTo(round > 0));

            pair.Client.Transport.Write("x"u8);
            pair.Client.Transport.Close();
            pair.Run();
            pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
            Assert.That(pair.Server.Application.Received, Is.EqualTo("x"u8.ToArray()));
        }
    }

    [Test]
    public void Small_writes_of_one_turn_share_a_record_if_they_may(
        [ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting, [Values] bool mayShare)
    {
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = setting.Version,
            CoalesceWrites = mayShare,
        };
        var pair = new TwoEngines(setting, options);
        pair.Connect();
        var before = pair.Client.Pipe.Delivered;

        for (var i = 0; i < 10; i++)
            pair.Client.Transport.Write("ten bytes."u8);
        pair.Run();

        var overhead = setting.Version == SslProtocols.Tls13 ? 22 : 29;
        Assert.That(pair.Client.Pipe.Delivered - before, Is.EqualTo(100 + (overhead * (mayShare ? 1 : 10))));
        Assert.That(pair.Server.Application.Received, Has.Length.EqualTo(100));
    }

    [Test]
    public void Writes_that_wait_for_the_end_of_the_turn_go_before_the_close(
        [ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting, [Values(10, 100_000)] int size)
    {
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = setting.Version,
            CoalesceWrites = true,
        };
        var pair = new TwoEngines(setting, options);
        pair.Connect();

        pair.Client.Transport.Write(new byte[size]);
        pair.Client.Transport.Write("last"u8);
        pair.Client.Transport.Close();
        pair.Run();

        Assert.That(pair.Server.Application.Received, Has.Length.EqualTo(size + 4));
        pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
    }

    [Test]
    public void A_transport_that_does_not_pause_is_borne_up_to_the_limit()
    {
        const int Limit = 100_000;
        var test = TestConnection.Wrapped(new TlsConnectionOptions { Limits = new TlsLimits { MaxBufferedBytes = Limit } });
        test.Transport.PauseReading();

        test.Receive(new byte[Limit]);
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Wrapped));
        test.Receive(new byte[1]);

        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Unwrapped));
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Failed));
        Assert.That(((TlsException)test.Connection.Failure!).Fault, Is.EqualTo(TlsFault.Network));
        Assert.That(test.Connection.Failure.Message, Does.Contain("MaxBufferedBytes (100000)"));
    }
}
