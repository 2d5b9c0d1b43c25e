namespace TlsFsm;

/// <summary>
/// The way down: what a host gives the engine, and what the engine gives the application (<c>asyncio.Transport</c>).
/// An engine is a transport too, so engines stack (TLS in TLS).
/// </summary>
/// <remarks>
/// All members are called from the connection's loop, one at a time. None blocks; none throws because the transport is closed.
/// </remarks>
public interface ITransport
{
    /// <summary>
    /// Takes bytes to send. The implementation copies what it cannot send at once and says pause and resume through its protocol.
    /// </summary>
    /// <remarks>
    /// Closing or gone, it drops them and asks for no pause: a loop that writes until it is paused must also end with its own close, or it
    /// spins.
    /// </remarks>
    /// <param name="data">Valid during the call only.</param>
    void Write(ReadOnlySpan<byte> data);

    /// <summary>Delivers no more bytes until <see cref="ResumeReading"/>. Pausing twice is pausing once.</summary>
    void PauseReading();

    /// <summary>Delivers bytes again, on a later turn of the loop. Resuming twice is resuming once.</summary>
    void ResumeReading();

    /// <summary>
    /// Closes after all that was written has gone out; then the protocol hears <see cref="IProtocol.ConnectionLost"/> with nothing.
    /// </summary>
    void Close();

    /// <summary>Closes at once. What was written and has not gone out may be lost.</summary>
    /// <param name="reason">What <see cref="IProtocol.ConnectionLost"/> is told; null for a deliberate abort.</param>
    void Abort(Exception? reason = null);

    /// <summary>Optional facts about the transport, by name; see <see cref="ExtraInfo"/> (<c>get_extra_info</c>).</summary>
    /// <param name="name">The name of the fact.</param>
    /// <param name="defaultValue">Returned when the fact is not known.</param>
    object? GetExtraInfo(string name, object? defaultValue = null) => defaultValue;
}
