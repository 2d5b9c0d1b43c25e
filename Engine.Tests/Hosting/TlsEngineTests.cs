using System.Net;
using TlsFsm.Tests.Connection;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>One set of options makes a connection; those of two roles make none.</summary>
internal sealed class TlsEngineTests
{
    private static readonly TlsServerOptions Serving = new() { Credential = TestCertificates.Server };
    private static readonly TlsClientOptions Asking = new()
    {
        TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification,
    };

    [Test]
    public void Options_of_the_other_role_than_the_cores_are_refused_by_name()
    {
        using var client = BouncyCastleCore.CreateClient(Asking);
        using var server = BouncyCastleCore.CreateServer(Serving);

        Assert.That(
            () => new TlsConnection(new TurnByTurnLoop(), new RecordingApplication([]), client, Serving),
            Throws.ArgumentException.With.Message.Contains("made of TlsClientOptions, and these are TlsServerOptions"));
        Assert.That(
            () => new TlsConnection(new TurnByTurnLoop(), new RecordingApplication([]), server, Asking),
            Throws.ArgumentException.With.Message.Contains("made of TlsServerOptions, and these are TlsClientOptions"));
    }

    [Test]
    public void A_connection_has_the_options_that_it_was_made_of_and_the_wrong_ones_are_named()
    {
        var connection = TlsEngine.Create(new TurnByTurnLoop(), new RecordingApplication([]), Serving);

        Assert.That(connection.Transport.GetExtraInfo(ExtraInfo.Options), Is.SameAs(Serving));
        Assert.That(connection.Transport.RemoteEndPoint ?? connection.Transport.LocalEndPoint, Is.Null);
        Assert.That(
            () => TlsEngine.Create(new TurnByTurnLoop(), new RecordingApplication([]), new TlsServerOptions()),
            Throws.ArgumentException.With.Message.Contains("Credential is null"));
        Assert.That(
            () => TlsEngine.Create(new TurnByTurnLoop(), new RecordingApplication([]), Asking with { TargetHost = null }),
            Throws.ArgumentException.With.Message.Contains("TargetHost is null"));
        Assert.That(
            () => TlsEngine.Create(
                new TurnByTurnLoop(), new RecordingApplication([]), Asking with { ReadHighWaterMark = 1, ReadLowWaterMark = 2 }),
            Throws.ArgumentException);
    }

    [Test]
    public async Task Addresses_have_their_types()
    {
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), Serving, () => TlsStream.CreateProtocol(_ => Task.CompletedTask));
        await using var stream = await TlsClient.OpenStreamAsync("127.0.0.1", listener.LocalEndPoint.Port, Asking);
        var transport = stream.Connection.Transport;

        Assert.That(transport.RemoteEndPoint, Is.EqualTo(listener.LocalEndPoint));
        Assert.That(((IPEndPoint)transport.LocalEndPoint!).Address, Is.EqualTo(IPAddress.Loopback));
    }
}
