namespace TlsFsm;

/// <summary>Who has asked for a pause.</summary>
public enum TlsPauser
{
    /// <summary>The connection: it asks the application to write no more, or the transport to read no more.</summary>
    Engine,

    /// <summary>The transport, whose own buffer is full: nothing is handed to it.</summary>
    Transport,

    /// <summary>The application, which wants nothing delivered.</summary>
    Application,
}
