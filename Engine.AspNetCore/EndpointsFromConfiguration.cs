using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace TlsFsm.AspNetCore;

/// <summary>
/// Kestrel's end points whose configuration has a section <c>TlsFsm</c>. When Kestrel reads its configuration again it builds the end point
/// anew, and comes by here for its options.
/// </summary>
internal sealed partial class EndpointsFromConfiguration(
    LiveOptionsFactory factory, ILogger<EndpointsFromConfiguration> logger) : IPostConfigureOptions<KestrelServerOptions>, IDisposable
{
    private const string Section = "TlsFsm";

    // What UseHttps reads: said there, it would have no effect.
    private static readonly string[] OfUseHttps = ["Certificate", "Sni", "SslProtocols", "ClientCertificateMode"];

    private readonly Dictionary<string, LiveOptions> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private IDisposable? _watch;

    public void PostConfigure(string? name, KestrelServerOptions options)
    {
        if (options.ConfigurationLoader is not { } loader)
            return;

        foreach (var endpoint in Served(loader))
        {
            _names.Add(endpoint.Key);
            loader.Endpoint(endpoint.Key, Configure);
        }

        _watch ??= ChangeToken.OnChange(loader.Configuration.GetReloadToken, () => LookForNewOnes(loader));
    }

    public void Dispose() => _watch?.Dispose();

    private void Configure(EndpointConfiguration endpoint)
    {
        var section = endpoint.ConfigSection.GetSection(Section);
        if (!section.Exists())
            return;

        if (!_known.TryGetValue(section.Path, out var live))
        {
            Check(endpoint);
            _known[section.Path] = live = factory.Create(Read(section), section.Path);
        }
        else
        {
            Change(live, endpoint, section);
        }

        endpoint.ListenOptions.UseTlsFsm(live);
    }

    private static void Change(LiveOptions live, EndpointConfiguration endpoint, IConfigurationSection section)
    {
        try
        {
            Check(endpoint);
            live.Change(Read(section));
        }
        catch (InvalidOperationException fault)
        {
            // The server runs, and goes on with what it has: to stop for a slip of the pen would serve nobody.
            live.Refuse(fault);
        }
    }

    private static void Check(EndpointConfiguration endpoint)
    {
        var path = endpoint.ConfigSection.Path;
        if (!endpoint.IsHttps)
            throw new InvalidOperationException($"{path}:Url must begin with https://, because the end point has a section {Section}.");

        foreach (var key in OfUseHttps)
        {
            if (endpoint.ConfigSection.GetSection(key).Exists())
                throw new InvalidOperationException($"{path}:{key} is of .NET's own TLS and has no effect here: say it in {path}:{Section}.");
        }
    }

    private static TlsFsmSettings Read(IConfigurationSection section)
    {
        var settings = new TlsFsmSettings();
        try
        {
            section.Bind(settings, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException fault)
        {
            throw new InvalidOperationException($"{section.Path}: {fault.Message}", fault);
        }

        return settings;
    }

    private void LookForNewOnes(KestrelConfigurationLoader loader)
    {
        foreach (var endpoint in Served(loader).Where(endpoint => _names.Add(endpoint.Key)))
        {
            // Kestrel may have been here first.
            NeedsRestart(logger, endpoint.Path);
            loader.Endpoint(endpoint.Key, Configure);
        }
    }

    private static IEnumerable<IConfigurationSection> Served(KestrelConfigurationLoader loader) =>
        loader.Configuration.GetSection("Endpoints").GetChildren().Where(endpoint => endpoint.GetSection(Section).Exists());

    [LoggerMessage(5, LogLevel.Error,
        "{Endpoint} has come while the server runs: restart it, or the end point may be served by .NET's own TLS.")]
    private static partial void NeedsRestart(ILogger logger, string endpoint);
}
