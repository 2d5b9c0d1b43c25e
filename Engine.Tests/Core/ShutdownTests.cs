using System.Security.Authentication;
using System.Text;

namespace TlsFsm.Tests.Core;

public sealed class ShutdownTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void Both_sides_say_close_notify_once_and_are_done([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);

        Assert.That(pair.Client.StepShutdown(), Is.EqualTo(CoreStatus.WantRead));
        Assert.That(pair.Client.StepShutdown(), Is.EqualTo(CoreStatus.WantRead));
        var said = pair.ClientOut.Pending;
        pair.ToServer();
        Assert.That(pair.Server.Read(new byte[10], out _), Is.EqualTo(CoreStatus.EndOfStream));
        Assert.That(pair.Server.IsCloseNotifyReceived, Is.True);
        Assert.That(pair.Server.Read(new byte[10], out _), Is.EqualTo(CoreStatus.EndOfStream), "the end stays the end");
        Assert.That(pair.ServerOut.Pending, Is.Zero, "nothing is said without being asked");
        Assert.That(pair.Server.StepShutdown(), Is.EqualTo(CoreStatus.Done));
        pair.ToClient();
        Assert.That(pair.Client.StepShutdown(), Is.EqualTo(CoreStatus.Done));
        Assert.That(pair.Client.StepShutdown(), Is.EqualTo(CoreStatus.Done));

        // One alert of two bytes: 5 + 2 + 1 + 16 on TLS 1.3, 5 + 8 + 2 + 16 on TLS 1.2.
        Assert.That(said, Is.EqualTo(version == SslProtocols.Tls13 ? 24 : 31));
        Assert.That(pair.ClientOut.Pending + pair.ServerOut.Pending, Is.Zero);
        Assert.That(pair.Client.IsEstablished, Is.True, "an orderly end is no failure");
    }

    [Test]
    public void Data_under_way_is_discarded_until_the_peers_close_notify([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);
        pair.Server.Write("read half of this"u8);
        pair.ToClient();
        pair.Client.Read(new byte[4], out _);
        pair.Server.Write(new byte[100_000]);

        Assert.That(pair.Client.StepShutdown(), Is.EqualTo(CoreStatus.WantRead));
        Assert.That(pair.Client.PendingPlaintext, Is.Zero);
        pair.ToClient();
        Assert.That(pair.Client.StepShutdown(), Is.EqualTo(CoreStatus.WantRead));
        Assert.That(pair.Client.Read(new byte[10], out var count), Is.EqualTo(CoreStatus.WantRead));
        Assert.That(count, Is.Zero);
        Assert.That(pair.ClientIn.Pending, Is.Zero, "all was taken");
        pair.Server.StepShutdown();
        pair.ToClient();
        Assert.That(pair.Client.StepShutdown(), Is.EqualTo(CoreStatus.Done));
        Assert.That(pair.Client.Read(new byte[10], out _), Is.EqualTo(CoreStatus.EndOfStream));
    }

    [Test]
    public void After_the_peers_close_notify_this_side_may_still_write([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);
        pair.Client.Write("request"u8);
        pair.Client.StepShutdown();
        pair.ToServer();
        Assert.That(CorePair.ReadAll(pair.Server), Is.EqualTo("request"u8.ToArray()));

        pair.Server.Write("answer"u8);

        Assert.That(pair.ServerOut.Pending, Is.GreaterThan(20));
        pair.Server.StepShutdown();
        pair.ToClient();
        Assert.That(pair.Client.StepShutdown(), Is.EqualTo(CoreStatus.Done));
    }

    [Test]
    public void Nothing_is_read_after_close_notify([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);
        pair.Client.Write("last"u8);
        pair.Client.StepShutdown();
        pair.ToServer();
        pair.ServerIn.Write("never read, not even as garbage"u8);

        Assert.That(Encoding.ASCII.GetString(CorePair.ReadAll(pair.Server)), Is.EqualTo("last"));
        Assert.That(pair.Server.Read(new byte[10], out _), Is.EqualTo(CoreStatus.EndOfStream));
        Assert.That(pair.Server.StepShutdown(), Is.EqualTo(CoreStatus.Done));
        Assert.That(pair.ServerIn.Pending, Is.EqualTo(31));
    }

    [Test]
    public void Writing_after_the_own_close_notify_is_the_callers_mistake([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);
        pair.Client.StepShutdown();

        Assert.That(() => pair.Client.Write("x"u8), Throws.InvalidOperationException);
    }

    [Test]
    public void A_bad_record_during_the_shutdown_fails_it([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);
        pair.Client.StepShutdown();
        pair.Server.Write("evil"u8);
        pair.ServerOut.Segment.AsSpan()[^1] ^= 1;
        pair.ToClient();

        var fault = Assert.Throws<TlsException>(() => pair.Client.StepShutdown());

        Assert.That(fault!.Alert, Is.EqualTo(TlsAlert.BadRecordMac));
    }

    [Test]
    public void Close_notify_in_the_middle_of_a_handshake_fails_it()
    {
        using var pair = new CorePair();
        pair.Client.StepHandshake();
        pair.ClientOut.Clear();
        pair.ClientIn.Write([21, 3, 3, 0, 2, 1, 0]);
        pair.ServerIn.Write([21, 3, 3, 0, 2, 1, 0]);

        var client = Assert.Throws<TlsException>(() => pair.Client.StepHandshake());
        var server = Assert.Throws<TlsException>(() => pair.Server.StepHandshake());

        foreach (var fault in new[] { client, server })
        {
            Assert.That(fault!.Alert, Is.EqualTo(TlsAlert.CloseNotify));
            Assert.That(fault.Fault, Is.EqualTo(TlsFault.PeerAlert));
            Assert.That(fault.Reason, Is.EqualTo(CloseReason.Failed));
            Assert.That(fault.Message, Does.Contain("before the handshake had finished"));
        }

        Assert.That(pair.ClientOut.Pending + pair.ServerOut.Pending, Is.Zero, "there is nobody left to tell");
    }
}
