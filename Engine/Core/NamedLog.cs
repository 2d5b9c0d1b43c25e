using Microsoft.Extensions.Logging;

namespace TlsFsm.Core;

/// <summary>Log entries that say which connection they are of: <c>ConnectionId</c> in their scope, and in front of their text.</summary>
internal static class NamedLog
{
    /// <summary>A logger whose entries are all of one connection; it throws what the inner one throws.</summary>
    public static ILogger Of(ILogger logger, Func<string>? nameOf) => nameOf is null ? logger : new Named(logger, nameOf);

    private sealed class Named(ILogger inner, Func<string> nameOf) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!inner.IsEnabled(logLevel))
                return;

            var id = nameOf();
            KeyValuePair<string, object>[] scope = [new("ConnectionId", id)];
            using (inner.BeginScope(scope))
                inner.Log(logLevel, eventId, state, exception, (what, thrown) => $"Connection {id}: {formatter(what, thrown)}");
        }
    }
}
