using FleetServer;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using TlsFsm;
using TlsFsm.DataProtection;

// One server of a fleet: start it as often as you like, on as many machines. A client that was served by one resumes its session with
// any other, because they share the keys that seal session tickets, through Redis.
if (args is not [var redisAddress, var certificatePath, var keyPath])
{
    Console.Error.WriteLine("usage: FleetServer <redis host:port> <certificate.pem> <key.pem>");
    return 2;
}

using var redis = await ConnectionMultiplexer.ConnectAsync(redisAddress);
var services = new ServiceCollection();
services.AddDataProtection()
    .SetApplicationName("fleet")
    .PersistKeysToStackExchangeRedis(redis, "fleet-keys");
await using var provider = services.BuildServiceProvider();

// Once before the first client: reads the keys, or fails now.
var ring = new DataProtectionTicketKeyRing(provider.GetRequiredService<IDataProtectionProvider>());
ring.Seal([]);

var options = new TlsServerOptions { Credential = TlsCredential.FromPemFiles(certificatePath, keyPath), TicketKeys = ring };

await using var listener = FleetListener.Start(options);
Console.WriteLine($"listening on {listener.LocalEndPoint.Port}");

// Until somebody closes our input.
await Console.In.ReadToEndAsync();
return 0;
