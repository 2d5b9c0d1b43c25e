using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using TlsFsm.AspNetCore;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>TLS by TlsFsm for Kestrel's end points that configuration names, and settings by name for those of code.</summary>
public static class TlsFsmServiceCollectionExtensions
{
    /// <summary>
    /// End points of Kestrel's configuration that have a section <c>TlsFsm</c> are served by it; <c>listen.UseTlsFsm()</c> serves one of
    /// code by the settings that are configured here.
    /// </summary>
    /// <remarks>
    /// The section's keys are those of <see cref="TlsFsmSettings"/>; unknown ones and wrong values stop the start with their path. Kestrel
    /// reads its configuration again when it changes: then the end point is built anew, and what is wrong with it is logged as an error
    /// while the last good settings stay. An end point that was not there at the start needs a restart. With
    /// <c>WebApplication.CreateSlimBuilder</c> Kestrel reads <c>https</c> addresses of configuration only after
    /// <c>builder.WebHost.UseKestrelHttpsConfiguration()</c>.
    /// </remarks>
    /// <param name="services">The application's.</param>
    /// <param name="configure">Sets what <c>listen.UseTlsFsm()</c> uses. Null: nothing yet.</param>
    /// <returns>For more: binding to a section, configuring with services.</returns>
    public static OptionsBuilder<TlsFsmSettings> AddTlsFsm(this IServiceCollection services, Action<TlsFsmSettings>? configure = null) =>
        services.AddTlsFsm(Options.Options.DefaultName, configure);

    /// <summary>As <see cref="AddTlsFsm(IServiceCollection, Action{TlsFsmSettings}?)"/>, for <c>listen.UseTlsFsmNamed(name)</c>.</summary>
    /// <param name="services">The application's.</param>
    /// <param name="name">Of these settings.</param>
    /// <param name="configure">Sets them. Null: nothing yet.</param>
    /// <returns>For more: binding to a section, configuring with services.</returns>
    public static OptionsBuilder<TlsFsmSettings> AddTlsFsm(
        this IServiceCollection services, string name, Action<TlsFsmSettings>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        services.TryAddSingleton<LiveOptionsFactory>();
        services.TryAddSingleton<EndpointsFromConfiguration>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<KestrelServerOptions>, EndpointsFromConfiguration>(
            static provider => provider.GetRequiredService<EndpointsFromConfiguration>()));
        var builder = services.AddOptions<TlsFsmSettings>(name);
        return configure is null ? builder : builder.Configure(configure);
    }

    /// <summary>As <see cref="AddTlsFsm(IServiceCollection, string, Action{TlsFsmSettings}?)"/>, by a section of configuration.</summary>
    /// <param name="services">The application's.</param>
    /// <param name="name">Of these settings.</param>
    /// <param name="section">Its keys are those of <see cref="TlsFsmSettings"/>; read again when it changes.</param>
    /// <returns>For more.</returns>
    public static OptionsBuilder<TlsFsmSettings> AddTlsFsm(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddTlsFsm(name).Bind(section, static binder => binder.ErrorOnUnknownConfiguration = true);
    }

    /// <summary>
    /// Does a handshake in memory before the server listens, so that its first client does not wait for the run-time compiler. The start
    /// takes that much longer: half a second, and a good deal less where the application is published with <c>PublishReadyToRun</c>.
    /// </summary>
    /// <remarks><see cref="TlsFsm.TlsWarmUp"/> says what it does. For any use of TlsFsm in the process; it need not be Kestrel's.</remarks>
    /// <param name="services">The application's.</param>
    /// <returns>The same.</returns>
    public static IServiceCollection AddTlsFsmWarmUp(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.AddHostedService<WarmUp>();
    }
}
