using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TlsFsm.Core;

namespace TlsFsm.Connection;

/// <summary>
/// A logger that never throws: providers fail (a full disk, a closed sink), and Microsoft's factory passes that on to whoever logs.
/// </summary>
/// <param name="inner">Where entries go.</param>
/// <param name="failed">Told what it threw; must not log.</param>
/// <param name="nameOf">
/// The connection that entries are of: in their scope, and in front of their text. Null: those of a host say it themselves.
/// </param>
internal sealed class GuardedLogger(ILogger inner, Action<Exception> failed, Func<string>? nameOf) : ILogger
{
    /// <summary>The factory's logger; one that logs nothing where the factory throws.</summary>
    /// <typeparam name="T">Its category.</typeparam>
    public static ILogger Create<T>(ILoggerFactory? factory, Action<Exception> failed, Func<string>? nameOf = null)
    {
        if (factory is null or NullLoggerFactory)
            return NullLogger.Instance;

        try
        {
            return new GuardedLogger(factory.CreateLogger<T>(), failed, nameOf);
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
            if (nameOf is not null)
                NamedLog.Write(inner, nameOf, logLevel, eventId, state, exception, formatter);
            else
                inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception thrown)
        {
            failed(thrown);
        }
    }
}
