using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.AspNetCore;

/// <summary>A server that has had a handshake before it listens.</summary>
[CancelAfter(60_000)]
public sealed class WarmUpTests
{
    [Test]
    public async Task The_handshake_in_memory_is_over_before_the_server_listens()
    {
        await using var host = await TestHost.BuildAsync(builder =>
        {
            builder.Services.AddTlsFsmWarmUp();
            builder.WebHost.ConfigureKestrel(kestrel =>
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseTlsFsm(TestCertificates.Server)));
        });

        var told = host.Log.Lines.Select(line => line.Text).ToList();
        Assert.That(told.FindIndex(line => line.Contains("handshake in memory has taken")), Is.InRange(0, told.Count));
        Assert.That(
            told.FindIndex(line => line.Contains("handshake in memory has taken")),
            Is.LessThan(told.FindIndex(line => line.Contains("Now listening on"))));
    }
}
