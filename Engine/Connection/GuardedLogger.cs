using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TlsFsm.Core;

namespace TlsFsm.Connection;

/// <summary>
/// A logger that never throws: providers fail (a full disk, a closed sink), and Microsoft's factory passes that on to whoever logs.
/// </summary>
/// <param name="inner">Where entries go.</param>
/// <param name="failed">Told what it threw; must not log.</param>
internal sealed class GuardedLogger(ILogger inner, Action<Exception> failed) : ILogger
{
    /// <summary>The factory's logger; one that logs nothing where the factory throws.</summary>
    /// <typeparam name="T">Its category.</typeparam>
    /// <param name="factory">Null: nothing is logged.</param>
    /// <param name="failed">Told what it threw; must not log.</param>
    /// <param name="nameOf">The connection that entries are of (<see cref="NamedLog"/>). Null: those of a host say it themselves.</param>
    public static ILogger Create<T>(ILoggerFactory? factory, Action<Exception> failed, Func<string>? nameOf = null)
    {
        if (factory is null or NullLoggerFactory)
            return NullLogger.Instance;

        try
        {
            return new GuardedLogger(NamedLog.Of(factory.CreateLogger<T>(), nameOf), failed);
        }
        catch (Exception exception)
        {
            failed(exception);
            return NullLogger.Instance;
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull
    {
        try
        {
            return inner.BeginScope(state);
        }
        catch (Exception exception)
        {
            failed(exception);
            return null;
        }
    }

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception exception)
        {
            failed(exception);
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
        catch (Exception thrown)
        {
            failed(thrown);
        }
    }
}
