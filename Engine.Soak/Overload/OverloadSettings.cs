namespace TlsFsm.Soak.Overload;

/// <summary>What is asked of an overload.</summary>
/// <param name="Attacks">In this order.</param>
/// <param name="Attackers">At once.</param>
/// <param name="Clients">Honest ones at once, each with one connection after another.</param>
/// <param name="Samples">Honest connections under each attack; fewer when the time is over before.</param>
/// <param name="Time">For how long honest connections are begun under each attack; those that wait then have as long once more.</param>
/// <param name="MaxHandshakes">Of the listener: <see cref="TlsListenerOptions.MaxHandshakes"/>.</param>
/// <param name="Grace">Of the listener: <see cref="TlsListenerOptions.HandshakeGrace"/>.</param>
internal sealed record OverloadSettings(
    IReadOnlyList<Attack> Attacks, int Attackers, int Clients, int Samples, TimeSpan Time, int MaxHandshakes, TimeSpan Grace);
