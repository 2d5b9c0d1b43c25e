using System.Globalization;
using TlsFsm.Soak.Hosts;

namespace TlsFsm.Soak.Overload;

/// <summary>The listener that is attacked, in a process of its own: an echo, with bounds.</summary>
internal static class ListenerSide
{
    /// <summary>
    /// What this process does: says its port and its root (DER in Base64), and for each line of its input how many were served, had to go,
    /// and are there; until its input ends.
    /// </summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(int maxHandshakes, TimeSpan grace)
    {
        Console.CancelKeyPress += (_, pressed) => pressed.Cancel = true;
        using var party = new Party(connections: 1);
        var (served, shed) = (0L, 0L);
        var options = new TlsListenerOptions
        {
            MaxHandshakes = maxHandshakes,
            HandshakeGrace = grace,
            Backlog = 4096,
            ConnectionEnded = (connection, _) =>
            {
                if (connection.Session is not null)
                    Interlocked.Increment(ref served);
                else if (connection.CloseReason == CloseReason.LocalAbort)
                    Interlocked.Increment(ref shed);
            },
        };
        await using var listener = TlsListener.Start(
            Party.AnyPort, party.Usual, () => TlsStream.CreateProtocol(stream => stream.CopyToAsync(stream)), options);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{listener.LocalEndPoint.Port} {party.Root}"));
        while (await Console.In.ReadLineAsync() is not null)
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Interlocked.Read(ref served)} {Interlocked.Read(ref shed)} {listener.ConnectionCount}"));
        return 0;
    }
}
