namespace TlsFsm;

/// <summary>A transport whose protocol can be exchanged while it runs: what an upgrade (STARTTLS) needs.</summary>
public interface ISwitchableTransport : ITransport
{
    /// <summary>
    /// Who is told what happens on this transport. Another one takes effect with the next delivery; it is not told ConnectionMade.
    /// </summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    IProtocol Protocol { get; set; }

    /// <summary>Whether reading has not been paused.</summary>
    bool IsReading { get; }

    /// <summary>Whether the protocol was asked to pause writing, and not yet to resume.</summary>
    bool IsWritingPaused { get; }
}
