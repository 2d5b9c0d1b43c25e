namespace TlsFsm.Hosting.Streams;

/// <summary>
/// How whoever awaits a stream goes on, never inside of the loop: behind its slice, on its thread, where the loop can do that; else its
/// task is completed at once, and what follows goes to the pool.
/// </summary>
internal sealed class StreamCompletion
{
    /// <summary>The loop that can; set when the stream's connection is made.</summary>
    public SerialEventLoop? Loop { get; set; }

    /// <summary>For the task that is awaited.</summary>
    public TaskCreationOptions Options => Loop is null ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None;

    /// <summary>Completes a task that has these options.</summary>
    public void Run(Action<object?> complete, object task)
    {
        if (Loop is { } loop)
            loop.CallBehind(complete, task);
        else
            complete(task);
    }
}
