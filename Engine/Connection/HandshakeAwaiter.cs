namespace TlsFsm.Connection;

/// <summary>What whoever awaits the handshake is told, once.</summary>
internal sealed class HandshakeAwaiter
{
    private readonly TaskCompletionSource _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Handshake => _source.Task;

    /// <summary>
    /// Told once what became of the handshake, null for its completion, in the very step. <see cref="Handshake"/> tells awaiters later.
    /// </summary>
    public Action<Exception?>? Settled { get; set; }

    public void Settle(Exception? exception)
    {
        var told = exception is null ? _source.TrySetResult() : _source.TrySetException(exception);
        if (!told)
            return;

        // Observed: a failure that nobody awaits is no unobserved task exception; ConnectionLost or the log tell it.
        _ = _source.Task.Exception;
        Settled?.Invoke(exception);
    }
}
