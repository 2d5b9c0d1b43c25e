using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.DataProtection;
using NUnit.Framework;

namespace TlsFsm.Packages.Tests;

/// <summary>A program that has nothing but the packages speaks TLS with itself.</summary>
public sealed class EchoTests
{
    [Test]
    public async Task Two_ends_speak_and_close_in_order([Values] bool isSodium)
    {
        var ring = new TlsFsm.DataProtection.DataProtectionTicketKeyRing(new EphemeralDataProtectionProvider());
        var server = new TlsServerOptions { Credential = Certificates.Server, TicketKeys = ring };
        var client = new TlsClientOptions
        {
            TargetHost = "localhost", Verification = Certificates.Trust, SessionCache = new MemorySessionCache(),
        };
        if (isSodium)
            (server, client) = (server.WithSodium(), client.WithSodium());
        Assert.That(client.X25519 is not null, Is.EqualTo(isSodium), "libsodium comes with its package");

        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), server, () => TlsStream.CreateProtocol(async stream =>
            {
                var buffer = new byte[1024];
                while (await stream.ReadAsync(buffer) is > 0 and var count)
                    await stream.WriteAsync(buffer.AsMemory(0, count));
            }));

        for (var turn = 0; turn < 2; turn++)
        {
            await using var stream = await TlsClient.OpenStreamAsync("localhost", listener.LocalEndPoint.Port, client);
            await stream.WriteAsync("ping"u8.ToArray());
            var answer = new byte[4];
            await stream.ReadExactlyAsync(answer);
            await stream.ShutdownAsync();

            Assert.That(answer, Is.EqualTo("ping"u8.ToArray()));
            Assert.That(stream.Connection.Session!.IsResumed, Is.EqualTo(turn == 1));
        }
    }
}
