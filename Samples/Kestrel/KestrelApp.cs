using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TlsFsm.Samples.Kestrel;

/// <summary>A minimal application that says what it knows of a connection, and gives back what it is sent.</summary>
public static class KestrelApp
{
    /// <summary>The application, not started.</summary>
    /// <param name="endPoint">Where to listen; port 0 for a free one.</param>
    /// <param name="options">The server's side of each connection.</param>
    /// <param name="configure">More to do with the builder. Null: nothing.</param>
    public static WebApplication Create(IPEndPoint endPoint, TlsServerOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // As TlsListener has it. Kestrel has no bound of its own, and whoever is silent has a place until the handshake's time is up.
            kestrel.Limits.MaxConcurrentConnections = TlsListenerOptions.Default.MaxConnections;
            kestrel.Listen(endPoint, listen => listen.UseTlsFsm(options));
        });
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapGet("/", Describe);
        app.MapPost("/echo", EchoAsync);
        app.MapPost("/digest", DigestAsync);
        app.MapGet("/bytes/{count:int}", SendAsync);
        return app;
    }

    /// <summary>The port that a started application listens on.</summary>
    public static int PortOf(WebApplication app) =>
        new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    private static string Describe(HttpContext context)
    {
        var tls = context.Features.Get<ITlsHandshakeFeature>()!;
        var client = context.Connection.ClientCertificate?.Subject ?? "nobody";
        return $"{context.Request.Protocol} {context.Request.Scheme} {tls.Protocol} {tls.HostName} {client}\n";
    }

    /// <summary>While it still comes in: both ways at once, for clients that read while they send.</summary>
    private static async Task EchoAsync(HttpContext context)
    {
        AllowLargeBody(context);
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = context.Request.ContentLength;
        await context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    /// <summary>An upload.</summary>
    private static async Task DigestAsync(HttpContext context)
    {
        AllowLargeBody(context);
        var digest = await SHA256.HashDataAsync(context.Request.Body, context.RequestAborted);
        await context.Response.WriteAsync(Convert.ToHexString(digest), context.RequestAborted);
    }

    /// <summary>A download: each byte is the number of the 16 KiB that it is in.</summary>
    private static async Task SendAsync(HttpContext context, int count)
    {
        context.Response.ContentLength = count;
        var piece = new byte[16 * 1024];
        for (var sent = 0; sent < count; sent += piece.Length)
        {
            piece.AsSpan().Fill((byte)(sent / piece.Length));
            await context.Response.Body.WriteAsync(piece.AsMemory(0, Math.Min(piece.Length, count - sent)), context.RequestAborted);
        }
    }

    private static void AllowLargeBody(HttpContext context) =>
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
}
