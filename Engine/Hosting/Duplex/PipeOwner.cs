namespace TlsFsm.Hosting.Duplex;

/// <summary>
/// What the application holds of a pipe's connection, by the pipe or one of its ends. When nobody has any of them any more, and nobody has
/// ended the connection, it is aborted.
/// </summary>
internal sealed class PipeOwner(DuplexProtocol protocol)
{
    private bool _isReleased;

    /// <summary>Nothing is to be done when this is forgotten.</summary>
    public void Release() => _isReleased = true;

    /// <summary>Forgotten.</summary>
    ~PipeOwner()
    {
        if (!_isReleased)
            protocol.Forget();
    }
}
