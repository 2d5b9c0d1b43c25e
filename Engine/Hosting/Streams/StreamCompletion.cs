namespace TlsFsm.Hosting.Streams;

/// <summary>
/// How whoever awaits a stream goes on, never inside of the loop: behind its slice, on its thread, where the loop can do that; else it is
/// completed at once, and what follows goes to the pool.
/// </summary>
internal sealed class StreamCompletion
{
    /// <summary>The loop that can; set when the stream's connection is made.</summary>
    public SerialEventLoop? Loop { get; set; }

    /// <summary>Completes what is awaited.</summary>
    public void Run(Action<object?> complete, object operation)
    {
        if (Loop is { } loop)
            loop.CallBehind(complete, operation);
        else
            complete(operation);
    }
}
