using System.Globalization;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>What idle server connections hold, after a full handshake and 16 KB each way, in a server process of its own.</summary>
/// <param name="ManagedPerConnection">Bytes on the managed heap for each further connection.</param>
/// <param name="ResidentPerConnection">Resident bytes, managed and native, for each further connection.</param>
/// <param name="Resident">Resident bytes of the whole process with all connections.</param>
/// <param name="Threads">Threads of the process then.</param>
internal sealed record Holdings(double ManagedPerConnection, double ResidentPerConnection, long Resident, int Threads)
{
    private const int Message = 16 * 1024;
    private const int WarmUp = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public static Holdings Measure(string contender, int connections)
    {
        FileLimit.Ensure(connections + WarmUp);
        var size = Message.ToString(CultureInfo.InvariantCulture);
        using var server = Child.StartSelf("hold-server", contender, size);
        using var client = Child.StartSelf("hold-client", server.Hear(Patience), size);
        var before = Grow(server, client, WarmUp, WarmUp);
        var after = Grow(server, client, connections, WarmUp + connections);
        return new Holdings(
            (double)(after.Managed - before.Managed) / connections, (double)(after.Resident - before.Resident) / connections,
            after.Resident, after.Threads);
    }

    private static (long Managed, long Resident, int Threads) Grow(Child server, Child client, int more, int expected)
    {
        client.Tell(more.ToString(CultureInfo.InvariantCulture));
        client.Hear(Patience);
        server.Tell("holdings");
        var values = server.Hear(Patience).Split(' ').Select(one => long.Parse(one, CultureInfo.InvariantCulture)).ToArray();
        WrongResultException.ThrowUnless(values[3] == expected, $"The server serves {values[3]} connections instead of {expected}.");
        return (values[0], values[1], (int)values[2]);
    }
}
