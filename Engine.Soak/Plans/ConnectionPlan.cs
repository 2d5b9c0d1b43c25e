using System.Security.Authentication;

namespace TlsFsm.Soak.Plans;

/// <summary>All that is decided about a connection before it begins. The same seed and number give the same plan.</summary>
/// <param name="Seed">Of the run.</param>
/// <param name="Number">Of the connection, from 1.</param>
/// <param name="Host">Over what.</param>
/// <param name="Fault">What happens to it.</param>
/// <param name="TowardsServer">Whether the fault strikes what the client sends. For a slow reader: whether that is the server.</param>
/// <param name="StrikeAt">Ciphertext bytes of that direction before it strikes. It may never get there.</param>
/// <param name="Life">Who ends what.</param>
/// <param name="Version">Of TLS.</param>
/// <param name="Upload">Bytes of data from the client to the server.</param>
/// <param name="Download">Bytes of data from the server to the client.</param>
internal sealed record ConnectionPlan(
    long Seed, long Number, HostKind Host, WireFault Fault, bool TowardsServer, long StrikeAt, Life Life, SslProtocols Version, int Upload,
    int Download)
{
    /// <summary>The plan of a connection.</summary>
    /// <param name="seed">Of the run.</param>
    /// <param name="number">Of the connection, from 1.</param>
    /// <param name="hosts">What to choose from.</param>
    /// <param name="faults">What to choose from.</param>
    public static ConnectionPlan Of(long seed, long number, IReadOnlyList<HostKind> hosts, IReadOnlyList<WireFault> faults)
    {
        var chance = Dice(seed, number, 0);
        var host = hosts[chance.Next(hosts.Count)];
        var fault = Seen(host, faults[chance.Next(faults.Count)]);
        var version = Versions[chance.Next(Versions.Length)];

        // On TLS 1.2 one direction does not end alone; HTTP/1.1 has its own two ends, and the client's is the one that reads to the end.
        var life = host == HostKind.Kestrel ? Life.ServerCloses : (Life)chance.Next(version == SslProtocols.Tls12 ? 2 : 4);
        var largest = fault is WireFault.SlowReader or WireFault.Split ? 48 * 1024 : 1024 * 1024;
        var (upload, download) = (Size(chance, largest), Size(chance, largest));
        var towardsServer = chance.Next(2) == 0;
        return new ConnectionPlan(
            seed, number, host, fault, towardsServer, Place(chance, towardsServer ? upload : download), life, version, upload, download);
    }

    /// <summary>Whether somebody may wait for what never comes: deadlines are short then.</summary>
    public bool IsHasty => Fault is WireFault.Silence or WireFault.Corruption;

    /// <summary>Whether the fault is one that nobody may notice.</summary>
    public bool IsWeather => Fault < WireFault.HalfClose;

    /// <summary>Bytes of a direction before TLS begins.</summary>
    /// <param name="towardsServer">The direction.</param>
    public int InTheClear(bool towardsServer) => Host switch
    {
        HostKind.Upgrade when towardsServer => UpgradeQuestion.Length,
        HostKind.Upgrade => UpgradeAnswer.Length,
        _ => 0,
    };

    /// <summary>What is said in the clear.</summary>
    public const string UpgradeQuestion = "STARTTLS\r\n";

    /// <summary>What is answered in the clear.</summary>
    public const string UpgradeAnswer = "220 go ahead\r\n";

    /// <summary>Chance for what happens on the way: another sequence for each direction.</summary>
    /// <param name="towardsServer">The direction.</param>
    public Random OnTheWay(bool towardsServer) => Dice(Seed, Number, towardsServer ? 1 : 2);

    /// <summary>What names the contents of a direction.</summary>
    /// <param name="towardsServer">The direction.</param>
    public ulong Contents(bool towardsServer) => Mix((ulong)Seed ^ Mix(((ulong)Number << 1) | (towardsServer ? 1u : 0u)));

    /// <summary>How to play it again, and what it is.</summary>
    public override string ToString() =>
        $"--seed {Seed} connection {Number}: {Host}, {Fault} {(TowardsServer ? "towards the server" : "towards the client")} at {StrikeAt}, "
        + $"{Life}, {Version}, {Upload} up, {Download} down";

    /// <summary>Where the sizes of records are not chosen here, data may look like a close_notify: these are passed by.</summary>
    private static WireFault Seen(HostKind host, WireFault fault) => (host, fault) switch
    {
        (HostKind.TlsInTls or HostKind.Kestrel, WireFault.LostTail) => WireFault.Cut,
        (HostKind.TlsInTls or HostKind.Kestrel, WireFault.EndTogether) => WireFault.EndApart,
        _ => fault,
    };

    private static Random Dice(long seed, long number, int purpose) =>
        new((int)Mix((ulong)seed * 0x9E3779B97F4A7C15 ^ Mix(((ulong)number << 2) + (uint)purpose)));

    /// <summary>As often small as large: nothing at all too.</summary>
    private static int Size(Random chance, int largest) =>
        chance.Next(12) == 0 ? 0 : (int)Math.Pow(largest, chance.NextDouble()) / Grain * Grain;

    /// <summary>In the handshake, in the data, or around the end.</summary>
    private static long Place(Random chance, int size) => chance.Next(4) switch
    {
        0 => chance.Next(2500),
        1 => 1000 + size + chance.Next(600),
        _ => 600 + (long)(chance.NextDouble() * size * 1.02),
    };

    // One in four of the old one.
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13, SslProtocols.Tls13, SslProtocols.Tls13];

    /// <summary>All is sent in multiples of this many bytes, so that no record of data is as short as that of an alert.</summary>
    public const int Grain = 64;

    // splitmix64: neighbours have nothing in common.
    internal static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
