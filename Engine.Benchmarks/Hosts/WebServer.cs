using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Hosts;

/// <summary>Kestrel in a process of its own, over one TLS or another or none. Says on demand what it has used.</summary>
internal static class WebServer
{
    public const string Ours = "ours";
    public const string OursWarm = "ours-warm";
    public const string OursSodium = "ours-sodium";
    public const string Theirs = "theirs";
    public const string Plain = "plain";

    private const int SmallSize = 100;
    private const int LargeSize = 1_000_000;

    public static async Task<int> RunAsync(string tls)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => Use(listen, tls));
        });
        if (tls == OursWarm)
            builder.Services.AddTlsFsmWarmUp();
        await using var app = builder.Build();
        var (small, large) = (new byte[SmallSize], new byte[LargeSize]);
        app.MapGet("/small", (HttpContext context) => SendAsync(context, small));
        app.MapGet("/large", (HttpContext context) => SendAsync(context, large));
        app.MapPost("/up", (HttpContext context) => context.Request.Body.CopyToAsync(Stream.Null));
        await app.StartAsync();

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Console.WriteLine(new Uri(address).Port.ToString(CultureInfo.InvariantCulture));
        while (await Console.In.ReadLineAsync() is not null)
            Console.WriteLine(Usage.Own().ToString());
        return 0;
    }

    private static void Use(ListenOptions listen, string tls)
    {
        var credential = BenchmarkCertificates.Ecdsa;
        if (tls is Ours or OursWarm)
            listen.UseTlsFsm(credential);
        else if (tls == OursSodium)
            listen.UseTlsFsm(new TlsServerOptions { Credential = credential }.WithSodium());
        else if (tls == Theirs)
            listen.UseHttps(https =>
            {
                https.ServerCertificate = credential.Certificate;
                https.ServerCertificateChain = [.. credential.Intermediates];
            });
    }

    private static async Task SendAsync(HttpContext context, byte[] body)
    {
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}

/// <summary>What a process has used so far.</summary>
/// <param name="Cpu">Milliseconds, kernel included.</param>
/// <param name="Allocated">Bytes, of all threads.</param>
/// <param name="Resident">Bytes in memory now.</param>
/// <param name="Compiling">Milliseconds of the run-time compiler.</param>
internal sealed record Usage(double Cpu, double Allocated, double Resident, double Compiling)
{
    public static Usage Own()
    {
        using var process = Process.GetCurrentProcess();
        return new Usage(
            process.TotalProcessorTime.TotalMilliseconds, GC.GetTotalAllocatedBytes(precise: true), process.WorkingSet64,
            JitInfo.GetCompilationTime().TotalMilliseconds);
    }

    public static Usage Parse(string line)
    {
        var parts = line.Split(' ').Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return new Usage(parts[0], parts[1], parts[2], parts[3]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Cpu} {Allocated} {Resident} {Compiling}");
}
