using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Core.Options;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Core;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Strictness;

/// <summary>One of our cores against a rogue: what the rogue does, and what it hears for it.</summary>
internal sealed class Trial : IDisposable
{
    private readonly TlsProtocol _protocol;
    private readonly NativeCrypto _crypto;
    private TlsException? _fault;
    private TlsAlert? _heard;

    private Trial(BouncyCastleCore core, TlsProtocol protocol, NativeCrypto crypto)
    {
        Core = core;
        _crypto = crypto;
        _protocol = protocol;
        Core.Attach(In, Out);
    }

    public BouncyCastleCore Core { get; }

    public IRogue Rogue => (IRogue)_protocol;

    /// <summary>How many ClientHellos the rogue has got.</summary>
    public int Hellos { get; private set; }

    public MemoryBio In { get; } = new();

    public MemoryBio Out { get; } = new();

    /// <summary>Our server against a rogue client.</summary>
    public static Trial OfClient(SslProtocols version, TlsClientOptions? rogue = null, TlsServerOptions? ours = null)
    {
        var options = rogue ?? CorePair.Options(version);
        var role = TestCrypto.ClientRole(options, OptionRules.Check(options), out var crypto);
        var server = Detour.Current.Server(ours ?? CorePair.ServerOptions(version));
        return new Trial(BouncyCastleCore.CreateServer(server), new RogueTlsClient(role), crypto);
    }

    /// <summary>Our client against a rogue server.</summary>
    public static Trial OfServer(SslProtocols version, TlsServerOptions? rogue = null, TlsClientOptions? ours = null)
    {
        var role = TestCrypto.ServerRole(rogue ?? CorePair.ServerOptions(version), out var crypto);
        var client = Detour.Current.Client(ours ?? CorePair.Options(version));
        return new Trial(BouncyCastleCore.CreateClient(client), new RogueTlsServer(role), crypto);
    }

    public static Trial Of(FaultSource from, SslProtocols version) => from == FaultSource.Client ? OfClient(version) : OfServer(version);

    /// <summary>Goes through the handshake, which is expected to finish.</summary>
    public Trial Connected()
    {
        Rogue.Begin();
        Run();
        Assert.That(_fault?.ToString(), Is.Null);
        Assert.That(Core.IsEstablished && _protocol.IsConnected, Is.True, "both sides are established");
        return this;
    }

    /// <summary>
    /// Sends a record past BouncyCastle's rules, protected under the keys of the connection. As the first after the handshake, and the
    /// last.
    /// </summary>
    public void SendSealed(short type, byte[] content)
    {
        // On TLS 1.2 Finished went out under these keys.
        var sequence = Core.Session!.Protocol == SslProtocols.Tls13 ? 0 : 1;
        var encoded = _crypto.RecordCipher!.EncodePlaintext(sequence, type, ProtocolVersion.TLSv12, headerAllocation: 5, content);
        Rogue.SendRaw(Messages.Record((byte)encoded.recordType, encoded.buf[(encoded.off + 5)..(encoded.off + encoded.len)]));
    }

    /// <summary>Puts something else in the place of a handshake message.</summary>
    /// <param name="type">The message's type.</param>
    /// <param name="others">Its replacement: whole messages, a record each.</param>
    /// <param name="nth">Which one of that type, from zero.</param>
    public Trial Replacing(byte type, Func<byte[], byte[][]> others, int nth = 0)
    {
        var count = 0;
        Rogue.Instead = (recordType, content) => recordType == ContentType.handshake && content[0] == type && count++ == nth
            ? others(content).Select(other => (recordType, other))
            : [(recordType, content)];
        return this;
    }

    /// <summary>Changes a handshake message.</summary>
    public Trial Changing(byte type, Func<byte[], byte[]> change, int nth = 0) => Replacing(type, message => [change(message)], nth);

    /// <summary>Goes on until we fail, and looks whether the rogue hears that alert, once, and nothing behind it.</summary>
    /// <param name="fault">What it has done.</param>
    /// <param name="whose">How we put it.</param>
    public TlsException Fails(PeerFault fault, TlsFault whose = TlsFault.PeerMisbehaved)
    {
        Assert.That(Outcome(), Is.Not.Null, "We went on as if nothing had been.");
        Assert.That(_fault!.Alert, Is.EqualTo(fault.Alert), _fault.ToString());
        Assert.That(_fault.Fault, Is.EqualTo(whose), _fault.Message);
        Assert.That(_heard, Is.EqualTo(fault.Alert), "what the rogue heard");
        Assert.That(Out.Pending, Is.Zero, "nothing follows the alert");
        Detour.SameText(_fault.Message);
        return _fault;
    }

    /// <summary>Goes on as far as it goes.</summary>
    /// <returns>How we failed; null if we did not.</returns>
    public TlsException? Outcome()
    {
        if (!_protocol.IsConnected && !_protocol.IsHandshaking)
            Rogue.Begin();
        Run();
        return _fault;
    }

    /// <summary>Goes on until we fail because the rogue sent a fatal alert, to which nothing is answered.</summary>
    public void FailsSilently(TlsAlert alert)
    {
        Run();

        Assert.That(_fault?.Alert, Is.EqualTo(alert));
        Assert.That(_fault!.Fault, Is.EqualTo(TlsFault.PeerAlert));
        Assert.That(_heard, Is.Null);
    }

    public void Dispose() => Core.Dispose();

    /// <summary>Until nothing moves any more.</summary>
    private void Run()
    {
        var isMoving = true;
        while (isMoving)
        {
            var before = In.Pending;
            Step();
            isMoving = Out.Pending > 0 | ToRogue() | ToCore() | In.Pending != before;
        }
    }

    private void Step()
    {
        try
        {
            while (_fault is null && !Core.IsEstablished && Core.StepHandshake() == CoreStatus.WantDecision && Detour.Answer())
            {
                // It goes on with the answer.
            }

            if (_fault is null && Core.IsEstablished)
                CorePair.ReadAll(Core);
        }
        catch (TlsException e)
        {
            _fault = e;
        }
    }

    private bool ToCore()
    {
        var bytes = new byte[_protocol.GetAvailableOutputBytes()];
        _protocol.ReadOutput(bytes, 0, bytes.Length);
        In.Write(bytes);
        return bytes.Length > 0 && _fault is null;
    }

    private bool ToRogue()
    {
        var bytes = Out.Readable.ToArray();
        Out.Clear();
        if (bytes.Length == 0 || _protocol.IsClosed)
            return false;

        if (bytes is [22, _, _, _, _, Messages.ClientHello, ..])
            Hellos++;

        try
        {
            _protocol.OfferInput(bytes);
        }
        catch (TlsFatalAlertReceived alert)
        {
            _heard = (TlsAlert)alert.AlertDescription;
        }
        catch (IOException)
        {
            // The rogue gives up over what we have sent. An alert in clear has come all the same.
            if (bytes is [.., 21, 3, _, 0, 2, 2, var alert])
                _heard = (TlsAlert)alert;
        }

        return true;
    }
}
