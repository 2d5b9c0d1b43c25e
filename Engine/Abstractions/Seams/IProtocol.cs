namespace TlsFsm;

/// <summary>
/// The way up: what an application implements, and what the engine is to the transport below (<c>asyncio.Protocol</c>).
/// </summary>
/// <remarks>
/// Order: <c>ConnectionMade? (data)* EofReceived? ConnectionLost?</c>; <see cref="PauseWriting"/> and <see cref="ResumeWriting"/>
/// alternate in between, starting with a pause. Every member may call back into the transport.
/// </remarks>
public interface IProtocol
{
    /// <summary>The connection stands: bytes written from now on go out.</summary>
    /// <param name="transport">The way down, valid until <see cref="ConnectionLost"/> and harmless after it.</param>
    void ConnectionMade(ITransport transport);

    /// <summary>Bytes have arrived.</summary>
    /// <param name="data">Never empty; valid during the call only.</param>
    void DataReceived(ReadOnlySpan<byte> data);

    /// <summary>The other side will send no more. Called at most once.</summary>
    /// <returns>
    /// False: the connection closes itself. True: keep it open, closing it is up to this protocol.
    /// </returns>
    bool EofReceived();

    /// <summary>The connection is gone. Called exactly once after <see cref="ConnectionMade"/>, on a turn of the loop of its own.</summary>
    /// <param name="exception">Null for a regular end; otherwise why.</param>
    void ConnectionLost(Exception? exception);

    /// <summary>The write buffer is over its high-water mark: please stop writing. Nothing is lost if you do not.</summary>
    void PauseWriting();

    /// <summary>The write buffer is at its low-water mark again.</summary>
    void ResumeWriting();
}
