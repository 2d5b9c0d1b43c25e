using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace TlsFsm.Packages.Tests;

/// <summary>Kestrel with the package, asked by .NET's own client.</summary>
public sealed class KestrelTests
{
    [Test]
    public async Task A_page_is_served([Values("1.1", "2.0")] string version)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.UseTlsFsm(Certificates.Server)));
        await using var app = builder.Build();
        app.MapGet("/", (HttpRequest request) => $"hello by {request.Protocol}");
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback =
            (_, certificate, _, _) => certificate!.GetCertHashString() == Certificates.Server.GetCertHashString();
        using var client = new HttpClient(handler)
        {
            DefaultRequestVersion = Version.Parse(version), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var text = await client.GetStringAsync(address);

        Assert.That(address, Does.StartWith("https://"));
        Assert.That(text, Is.EqualTo($"hello by HTTP/{(version == "2.0" ? "2" : version)}"));
    }
}
