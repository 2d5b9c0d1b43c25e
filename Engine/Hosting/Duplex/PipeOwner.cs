using System.Diagnostics.CodeAnalysis;

namespace TlsFsm.Hosting.Duplex;

/// <summary>
/// What the application holds of a pipe's connection, by the pipe or one of its ends. When nobody has any of them any more, and nobody has
/// ended the connection, it is aborted.
/// </summary>
internal sealed class PipeOwner(DuplexProtocol protocol)
{
    /// <summary>
    /// Nothing is to be done when this is forgotten. The collector is told so: what waits for a finalizer outlives a collection, and the
    /// whole connection with it.
    /// </summary>
    [SuppressMessage("Usage", "CA1816", Justification = "The pipe is what is disposed of; this ends with it.")]
    public void Release() => GC.SuppressFinalize(this);

    /// <summary>Forgotten.</summary>
    ~PipeOwner() => protocol.Forget();
}
