using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>A client that can be made to send what a decent one does not.</summary>
internal sealed class RogueClient(SslProtocols version) : TlsClientProtocol
{
    public void Begin() => Connect(TestCrypto.ClientRole(
        new TlsClientOptions { EnabledProtocols = version, Verification = CertificateVerification.DangerousAcceptAny }, name: null, out _));

    public void SendRecord(short type, byte[] content) => SafeWriteRecord(type, content, 0, content.Length);

    public void SendKeyUpdate(bool isAnswerWanted) => Send13KeyUpdate(isAnswerWanted);
}

/// <summary>A server that can be made to send what a decent one does not.</summary>
internal sealed class RogueServer(SslProtocols version) : TlsServerProtocol
{
    public void Begin() => Accept(TestCrypto.ServerRole(
        new TlsServerOptions { EnabledProtocols = version, Credential = TestCertificates.Server }, out _));

    public void SendRecord(short type, byte[] content) => SafeWriteRecord(type, content, 0, content.Length);

    public void SendKeyUpdate(bool isAnswerWanted) => Send13KeyUpdate(isAnswerWanted);
}

/// <summary>One of our cores against a rogue.</summary>
internal sealed class RoguePair<T>(BouncyCastleCore core, T rogue) : IDisposable where T : TlsProtocol
{
    public BouncyCastleCore Core => core;

    public T Rogue => rogue;

    public MemoryBio In { get; } = new();

    public MemoryBio Out { get; } = new();

    public void Handshake()
    {
        core.Attach(In, Out);
        for (var turn = 0; turn < 10 && !(core.IsEstablished && rogue.IsConnected); turn++)
        {
            core.StepHandshake();
            ToRogue();
            ToCore();
        }

        Assert.That(core.IsEstablished && rogue.IsConnected, Is.True, "both sides are established");
    }

    public void ToCore()
    {
        var bytes = new byte[rogue.GetAvailableOutputBytes()];
        rogue.ReadOutput(bytes, 0, bytes.Length);
        In.Write(bytes);
    }

    public void ToRogue()
    {
        var bytes = Out.Readable.ToArray();
        Out.Clear();
        rogue.OfferInput(bytes);
    }

    /// <summary>Reads what the rogue has sent, which is expected to fail; the rogue is told why.</summary>
    public TlsFsm.TlsException ReadAndFail(TlsAlert alert = TlsAlert.UnexpectedMessage)
    {
        ToCore();
        var fault = Assert.Throws<TlsFsm.TlsException>(() => CorePair.ReadAll(core))!;
        Assert.That(fault.Alert, Is.EqualTo(alert));
        Assert.That(fault.Fault, Is.EqualTo(TlsFault.PeerMisbehaved));
        Assert.That(Assert.Throws<TlsFatalAlertReceived>(ToRogue)!.AlertDescription, Is.EqualTo((short)alert));
        return fault;
    }

    public void Dispose() => core.Dispose();
}

/// <summary>Makes pairs that are connected.</summary>
internal static class RoguePair
{
    public static RoguePair<RogueClient> OfClient(SslProtocols version)
    {
        var rogue = new RogueClient(version);
        rogue.Begin();
        var pair = new RoguePair<RogueClient>(BouncyCastleCore.CreateServer(CorePair.ServerOptions(version)), rogue);
        pair.ToCore();
        pair.Handshake();
        return pair;
    }

    public static RoguePair<RogueServer> OfServer(SslProtocols version, TlsClientOptions? client = null)
    {
        var rogue = new RogueServer(version);
        rogue.Begin();
        var pair = new RoguePair<RogueServer>(BouncyCastleCore.CreateClient(client ?? CorePair.Options(version)), rogue);
        pair.Handshake();
        return pair;
    }
}
