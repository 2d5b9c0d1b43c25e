using TlsFsm.Buffers;
using TlsFsm.Connection.Telemetry;

namespace TlsFsm.Connection;

/// <summary>The way down: the transport, and the ciphertext that waits for it.</summary>
internal sealed class Downlink(MemoryBio bio, Witness witness)
{
    private bool _isHandingOver;
    private Action? _progressed;
    private long _directFrom;

    /// <summary>
    /// The transport below; null before it is connected. Kept after its loss: it still answers questions (peer name), and is asked nothing
    /// else.
    /// </summary>
    public ITransport? Transport { get; private set; }

    /// <summary>Whether the transport has asked us to pause.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Bytes that wait for the transport.</summary>
    public int Pending => bio.Pending;

    /// <summary>Whether a write of the transport's is under way, which may come back here.</summary>
    public bool IsHandingOver => _isHandingOver;

    /// <summary>Whether the transport tells how much of what it took has left it.</summary>
    public bool TellsProgress => Transport is IDrainingTransport;

    /// <summary>Bytes that have not left: those that wait here, and those that the transport says it still holds.</summary>
    public long Unsent => bio.Pending + (Transport is IDrainingTransport draining ? draining.UnsentBytes : 0);

    /// <summary>Told when bytes were handed to the transport. One listener.</summary>
    public Action? HandedOver { get; set; }

    /// <summary>Told when bytes have left the transport, if it tells so.</summary>
    public event Action? Progressed
    {
        add
        {
            _progressed += value;
            Watch();
        }
        remove
        {
            _progressed -= value;
            Watch();
        }
    }

    public void Connect(ITransport transport)
    {
        Transport = transport;
        if (_progressed is not null)
            Watch();
    }

    /// <summary>
    /// Hands all that waits to the transport unless it is paused. It may say pause and resume while it takes a write, and the application
    /// then writes more: the bytes are out of the BIO by then, and what was added goes in the next round, never inside the transport's own
    /// call.
    /// </summary>
    public void HandOver()
    {
        if (!IsPaused)
            HandOver(evenPaused: false);
    }

    /// <summary>Hands over all that waits, paused or not.</summary>
    public void HandOverAll() => HandOver(evenPaused: true);

    /// <summary>
    /// Until <see cref="EndDirect"/> output goes straight into the transport's memory, if it has some to offer and nothing waits before it.
    /// </summary>
    public void BeginDirect()
    {
        if (!IsPaused && !_isHandingOver && Transport is IBioTarget target)
            (bio.Target, _directFrom) = (target, bio.Removed);
    }

    /// <summary>Lets the transport look at its marks: inside of that nothing goes out, as inside of any of its calls.</summary>
    public void EndDirect()
    {
        if (bio.Target is not { } target)
            return;

        bio.Target = null;
        if (bio.Removed == _directFrom)
            return;

        witness.Transferred(bio.Removed - _directFrom, isSent: true);

        _isHandingOver = true;
        try
        {
            target.Settle();
        }
        finally
        {
            _isHandingOver = false;
        }

        HandedOver?.Invoke();
    }

    private void HandOver(bool evenPaused)
    {
        if (_isHandingOver)
            return;

        _isHandingOver = true;
        try
        {
            while ((evenPaused || !IsPaused) && bio.Pending > 0)
            {
                using var taken = bio.TakeAll();
                Transport!.Write(taken.Bytes);
                witness.Transferred(taken.Bytes.Length, isSent: true);
                HandedOver?.Invoke();
            }
        }
        finally
        {
            _isHandingOver = false;
        }
    }

    private void Watch()
    {
        if (Transport is IDrainingTransport draining)
            draining.Progressed = _progressed;
    }
}
