using System.Security.Authentication;
using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Targets;

/// <summary>
/// A client of ours comes back to a server of ours with a ticket whose state somebody has changed, for a ring that seals nothing.
/// </summary>
internal sealed class TicketTarget : ITarget
{
    public string Name => "tickets";

    public string Oracle =>
        "Whatever is in a ticket, both sides end alike: resumed, in a full handshake, or by a fault that is the peer's.";

    public byte[] Make(Dice dice) => [dice.Byte(), .. dice.Bytes(4 + dice.Below(12))];

    public Outcome Run(ReadOnlySpan<byte> input)
    {
        var reader = new InputReader(input);
        var first = reader.Byte();
        var version = (first & 1) != 0 ? SslProtocols.Tls12 : SslProtocols.Tls13;
        var changes = reader.Rest.ToArray();
        var ring = new OpenRing();
        var loop = new FuzzLoop();
        var cache = new MemorySessionCache(timeProvider: loop.Time);
        var hasClient = (first & 2) != 0;
        var (client, server) = Options(version, hasClient, cache, ring, loop.Time);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Visit(client, server);
        ring.Change = ticket => Changed(ticket, changes);
        var words = Visit(client, server);
        Running.Oracle.CheckAllocation(GC.GetAllocatedBytesForCurrentThread() - before, input.Length, (32 << 20, 1000));
        return new Outcome($"{version} {words}", Connections: 2);
    }

    /// <summary>Positions and values, in turn.</summary>
    private static byte[] Changed(ReadOnlySpan<byte> ticket, byte[] changes)
    {
        var changed = ticket.ToArray();
        for (var i = 0; i + 2 < changes.Length; i += 3)
        {
            var at = changes[i] << 2 | changes[i + 1] & 3;
            if (changed.Length == 0)
                break;
            if (changes[i + 1] >= 0xE0)
                changed = changed[..(at % changed.Length)];
            else
                changed[at % changed.Length] = changes[i + 2];
        }

        return changed;
    }

    private static string Visit(TlsClientOptions clientOptions, TlsServerOptions serverOptions)
    {
        using var client = BouncyCastleCore.CreateClient(clientOptions);
        using var server = BouncyCastleCore.CreateServer(serverOptions);
        var (toClient, toServer) = (new MemoryBio(), new MemoryBio());
        var (fromClient, fromServer) = (new MemoryBio(), new MemoryBio());
        client.Attach(toClient, fromClient);
        server.Attach(toServer, fromServer);
        string? ended = null;
        for (var round = 0; round < 8; round++)
        {
            ended ??= Step("client", client);
            Move(fromClient, toServer);
            ended ??= Step("server", server);
            Move(fromServer, toClient);
        }

        ended ??= Step("client", client);
        if (ended is null && !(client.IsEstablished && server.IsEstablished))
            throw new FindException("Neither finished nor failed.");
        return ended ?? (client.Session!.IsResumed == server.Session!.IsResumed
            ? $"resumed {server.Session.IsResumed}" : throw new FindException("One side has resumed and the other has not."));
    }

    private static string? Step(string who, BouncyCastleCore core)
    {
        try
        {
            if (core.IsEstablished)
                core.Read(new byte[100], out _);
            else
                core.StepHandshake();
            return null;
        }
        catch (TlsException e) when (e.Fault is not (TlsFault.Internal or TlsFault.Application))
        {
            return $"{who} {e.Fault} {e.Alert}: {e.Message}";
        }
    }

    private static void Move(MemoryBio from, MemoryBio to)
    {
        to.Write(from.Readable);
        from.Clear();
    }

    private static (TlsClientOptions Client, TlsServerOptions Server) Options(
        SslProtocols version, bool hasClient, ITlsSessionCache cache, ITicketKeyRing ring, TimeProvider time)
    {
        var policy = TlsPolicy.Default with { Groups = [TlsNamedGroup.X25519] };
        return (
            new TlsClientOptions
            {
                TargetHost = Identities.Host, Verification = Identities.Trust, EnabledProtocols = version, Policy = policy,
                SessionCache = cache, TimeProvider = time,
                Credential = hasClient ? Identities.Client(KeyKind.Ed25519).Credential : null,
            },
            new TlsServerOptions
            {
                Credential = Identities.Server(KeyKind.Ed25519).Credential, EnabledProtocols = version, Policy = policy, TicketKeys = ring,
                ClientCertificates = hasClient ? ClientCertificateMode.Request : ClientCertificateMode.None,
                ClientVerification = Identities.Trust, TimeProvider = time,
            });
    }

    /// <summary>A ring that seals nothing, so that what was changed is read.</summary>
    private sealed class OpenRing : ITicketKeyRing
    {
        public Func<ReadOnlySpan<byte>, byte[]>? Change { get; set; }

        public byte[] Seal(ReadOnlySpan<byte> state) => state.ToArray();

        public byte[]? Open(ReadOnlySpan<byte> ticket) => Change?.Invoke(ticket) ?? ticket.ToArray();
    }
}
