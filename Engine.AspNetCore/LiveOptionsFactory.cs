using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace TlsFsm.AspNetCore;

/// <summary>Makes options of settings, with the application's content folder, clock and log.</summary>
internal sealed class LiveOptionsFactory(IServiceProvider services)
{
    private readonly string _content = services.GetRequiredService<IHostEnvironment>().ContentRootPath;
    private readonly TimeProvider _clock = services.GetService<TimeProvider>() ?? TimeProvider.System;
    private readonly ILogger _logger = services.GetRequiredService<ILoggerFactory>().CreateLogger<LiveOptions>();

    /// <param name="settings">Checked here.</param>
    /// <param name="where">Their name, for errors.</param>
    /// <exception cref="InvalidOperationException">They make no sense, or lead to no usable certificate.</exception>
    public LiveOptions Create(TlsFsmSettings settings, string where) => new(settings, where, _content, _clock, _logger);

    /// <summary>Of named options, which change when what they are configured by does.</summary>
    /// <exception cref="InvalidOperationException">
    /// <c>AddTlsFsm</c> was not called, or they make no sense, or lead to no usable certificate.
    /// </exception>
    public LiveOptions Create(string name)
    {
        var where = name.Length == 0 ? "TlsFsm" : $"TlsFsm options '{name}'";
        var monitor = services.GetService<IOptionsMonitor<TlsFsmSettings>>();
        if (services.GetService<EndpointsFromConfiguration>() is null || monitor is null)
            throw new InvalidOperationException($"{where}: there are none, call services.AddTlsFsm().");

        var live = Create(monitor.Get(name), where);
        monitor.OnChange((settings, changed) =>
        {
            if (changed == name)
                live.Change(settings);
        });
        return live;
    }
}
