using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TlsFsm.Tests.Hosting;

namespace TlsFsm.Tests.AspNetCore;

/// <summary>Kestrel with one end point, and all that it logs.</summary>
internal sealed class TestHost(WebApplication app, LogLines log) : IAsyncDisposable
{
    public LogLines Log => log;

    public ICollection<string> Addresses => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;

    public string Address => Addresses.First();

    public int Port => new Uri(Address).Port;

    public IServiceProvider Services => app.Services;

    /// <summary>Warnings that a test has looked at itself.</summary>
    public bool MayWarn { get; init; }

    /// <summary>Lines that were worth a warning.</summary>
    public IEnumerable<string> Warnings => log.Lines.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Text);

    public static Task<TestHost> StartAsync(Action<ListenOptions> configure, Action<WebApplication>? map = null) =>
        BuildAsync(builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, configure)), map);

    public static async Task<TestHost> BuildAsync(
        Action<WebApplicationBuilder> build, Action<WebApplication>? map = null, bool mayWarn = false)
    {
        var log = new LogLines();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        build(builder);
        var app = builder.Build();
        map?.Invoke(app);
        await app.StartAsync().WaitAsync(Wait.Limit);
        return new TestHost(app, log) { MayWarn = mayWarn };
    }

    /// <summary>Stops, and looks that nothing was worth a warning.</summary>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync().WaitAsync(Wait.Limit);
        await app.DisposeAsync();
        if (!MayWarn)
            Assert.That(Warnings, Is.Empty);
    }
}

/// <summary>What was logged, with the scopes that it was logged in.</summary>
internal sealed class LogLines : ILoggerProvider
{
    private readonly AsyncLocal<string> _scopes = new();

    public ConcurrentQueue<(LogLevel Level, string Category, string Text)> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose() { }

    private sealed class Logger(LogLines owner, string category) : ILogger
    {
        public IDisposable BeginScope<TState>(TState state) where TState : notnull
        {
            var before = owner._scopes.Value;
            var pairs = state as IEnumerable<KeyValuePair<string, object>> ?? [];
            owner._scopes.Value = before + string.Concat(pairs.Select(pair => $"[{pair.Key}={pair.Value}]"));
            return new Scope(() => owner._scopes.Value = before!);
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            owner.Lines.Enqueue((logLevel, category, $"{owner._scopes.Value} {formatter(state, exception)} {exception}"));
    }

    private sealed class Scope(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
