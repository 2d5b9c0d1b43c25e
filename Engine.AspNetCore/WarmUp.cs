using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TlsFsm.AspNetCore;

/// <summary>A handshake in memory before the server listens.</summary>
internal sealed partial class WarmUp(ILogger<WarmUp> logger) : IHostedLifecycleService
{
    /// <summary>Before any service starts, Kestrel too.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            await TlsWarmUp.ServerAsync(cancellationToken);
            Done(logger, clock.ElapsedMilliseconds);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The server can do without: its first client waits longer.
            Failed(logger, exception);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(6, LogLevel.Information,
        "A TLS handshake in memory has taken {Milliseconds} ms; the first client will not wait for that.")]
    private static partial void Done(ILogger logger, long milliseconds);

    [LoggerMessage(7, LogLevel.Warning, "The TLS handshake in memory has failed; the first client waits for what it would have done.")]
    private static partial void Failed(ILogger logger, Exception exception);
}
