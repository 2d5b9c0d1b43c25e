using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace TlsFsm.Samples.Gateway;

/// <summary>
/// A reverse proxy whose TLS is TlsFsm's on both sides: certificates by the name that a client asks for, read again when they are renewed,
/// routes that configuration changes while it runs, and the client's certificate handed on to the server behind (RFC 9440).
/// </summary>
public static class GatewayApp
{
    /// <summary>The header of RFC 9440.</summary>
    public const string ClientCertificate = "Client-Cert";

    /// <summary>The application, not started.</summary>
    /// <param name="toBackends">Our side of TLS to the servers behind.</param>
    /// <param name="configure">More to do with the builder. Null: nothing.</param>
    public static WebApplication Create(TlsClientOptions toBackends, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        configure?.Invoke(builder);

        // As TlsListener has it. Kestrel has no bound of its own.
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Limits.MaxConcurrentConnections = TlsListenerOptions.Default.MaxConnections);
        builder.Services.AddTlsFsm();
        builder.Services.AddSingleton<IForwarderHttpClientFactory>(new Factory(toBackends));
        builder.Services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddTransforms(context => context.AddRequestTransform(transform =>
            {
                // Whoever says so without a handshake is not believed.
                var headers = transform.ProxyRequest.Headers;
                headers.Remove(ClientCertificate);
                if (transform.HttpContext.Connection.ClientCertificate is { } certificate)
                    headers.Add(ClientCertificate, $":{Convert.ToBase64String(certificate.RawData)}:");
                return default;
            }));

        var app = builder.Build();
        app.MapReverseProxy();
        return app;
    }

    private sealed class Factory(TlsClientOptions options) : ForwarderHttpClientFactory
    {
        protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
        {
            base.ConfigureHandler(context, handler);
            handler.UseTlsFsm(options);
        }
    }
}
