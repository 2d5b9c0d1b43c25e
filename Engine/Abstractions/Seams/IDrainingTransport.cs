namespace TlsFsm;

/// <summary>
/// A transport that can tell how much of what it took has not left it yet, so that a deadline for lack of progress can look at progress,
/// wherever the bytes are. Optional: of any other transport what it has taken counts as gone.
/// </summary>
/// <remarks>All members are called from the connection's loop, as those of <see cref="ITransport"/>.</remarks>
public interface IDrainingTransport : ITransport
{
    /// <summary>
    /// How many of the bytes given to <see cref="ITransport.Write"/> still wait here, or in a transport below that can tell: taken by
    /// neither the operating system nor whoever reads the other end. Zero once the transport is lost.
    /// </summary>
    long UnsentBytes { get; }

    /// <summary>
    /// Called on the loop whenever <see cref="UnsentBytes"/> has fallen, after it has; never inside <see cref="ITransport.Write"/>. Null,
    /// the default: nobody is told. The protocol of the transport sets it; and sets it to null when it hands the transport on.
    /// </summary>
    Action? Progressed { get; set; }
}
