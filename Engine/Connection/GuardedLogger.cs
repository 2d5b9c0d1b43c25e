using Microsoft.Extensions.Logging;

namespace TlsFsm.Connection;

/// <summary>
/// A logger that is foreign code and may throw (Microsoft's does, when a provider fails): that is reported on a later turn of the loop, and
/// the step that logged goes on.
/// </summary>
internal sealed class GuardedLogger(ILogger inner, IEventLoop loop) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception exception)
        {
            Report(exception);
            return false;
        }
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception failure)
        {
            Report(failure);
        }
    }

    private void Report(Exception exception) =>
        loop.CallSoon(state => loop.ReportUnhandled((Exception)state!, "The logger failed."), exception);
}
