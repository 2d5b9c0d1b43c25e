namespace TlsFsm.Hosting.Pipes;

/// <summary>What the two directions of a pipe tell the transport that they make up. Called on its loop.</summary>
internal interface IPipeEvents
{
    /// <summary>The other end sends no more, and all before that was delivered.</summary>
    void InputEnded();

    /// <summary>Reading failed.</summary>
    void InputFailed(Exception exception);

    /// <summary>All that had arrived before the output failed was delivered, or is not wanted.</summary>
    void InputIsOver();

    /// <summary>The last read has come back after the release: the reader is free.</summary>
    void InputReturned();

    /// <summary>Writing failed; what waited is forgotten.</summary>
    void OutputFailed(Exception exception);

    /// <summary>A flush has come back, in a turn of its own.</summary>
    void OutputMoved();

    /// <summary>The last flush has come back after the release: the writer is free.</summary>
    void OutputReturned();
}
