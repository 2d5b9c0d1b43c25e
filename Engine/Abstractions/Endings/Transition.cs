using System.Globalization;

namespace TlsFsm;

/// <summary>One step of one of a connection's two machines, as the transition log keeps it.</summary>
/// <param name="Time">When, by the loop's clock.</param>
/// <param name="Machine"><c>Tls</c> or <c>App</c>.</param>
/// <param name="Trigger">The fact that caused it.</param>
/// <param name="From">The state before.</param>
/// <param name="To">The state after; the same as <paramref name="From"/> where a fact was noted and changed nothing.</param>
public readonly record struct Transition(DateTimeOffset Time, string Machine, string Trigger, string From, string To)
{
    /// <summary>For logs: <c>12:00:00.000 Tls: DoHandshake --HandshakeCompleted--> Wrapped</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Time:HH:mm:ss.fff} {Machine}: {From} --{Trigger}--> {To}");
}
