using TlsFsm.Buffers;
using TlsFsm.Core;

namespace TlsFsm.Connection;

/// <summary>The TLS library and its two memory BIOs, owned by one connection.</summary>
/// <remarks>
/// A callback that judges certificates runs inside the core's step, and may abort the connection: the core lives on until it has returned.
/// </remarks>
internal sealed class CoreLink
{
    private bool _isInside;

    public CoreLink(ITlsCore core)
    {
        Core = core;
        core.Attach(Incoming, Outgoing);
    }

    public ITlsCore Core { get; }

    /// <summary>Ciphertext that was received and not yet decrypted.</summary>
    public MemoryBio Incoming { get; } = new();

    /// <summary>Ciphertext that waits for the transport.</summary>
    public MemoryBio Outgoing { get; } = new();

    /// <summary>What the handshake settled; null before it finished.</summary>
    public TlsSessionInfo? Session { get; private set; }

    /// <summary>How far the handshake has come, in words.</summary>
    public string Phase => Core.HandshakePhase switch
    {
        TlsHandshakePhase.NotStarted => "nothing was sent yet",
        TlsHandshakePhase.AwaitingHello when Incoming.Pending > 0 =>
            $"the peer has sent {Incoming.Pending} bytes, which are no whole message yet",
        TlsHandshakePhase.AwaitingHello => "the peer has sent nothing yet",
        TlsHandshakePhase.Negotiating => "version and suite are not agreed yet",
        TlsHandshakePhase.Authenticating => "certificates and Finished are awaited",
        _ => "it has finished",
    };

    /// <summary>One step of the handshake; what fails in it is handed back, for when the core has been left.</summary>
    public CoreStatus StepHandshake(out TlsException? failure)
    {
        failure = null;
        _isInside = true;
        try
        {
            return Core.StepHandshake();
        }
        catch (TlsException exception)
        {
            failure = exception;
            return CoreStatus.WantRead;
        }
        finally
        {
            _isInside = false;
        }
    }

    public void Settle()
    {
        Session = Core.Session;
        Core.Shrink();
    }

    /// <summary>Empties the BIOs and lets go of the core; from inside one of its steps, whoever made the step does it.</summary>
    public void Release()
    {
        if (_isInside)
            return;

        Incoming.Clear();
        Outgoing.Clear();
        Core.Dispose();
    }
}
