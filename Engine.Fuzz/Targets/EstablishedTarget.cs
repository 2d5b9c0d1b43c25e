using System.Security.Authentication;
using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Targets;

/// <summary>
/// Records on a connection whose handshake has finished: sealed ones of any kind, damaged ones, and what we do meanwhile.
/// </summary>
internal sealed class EstablishedTarget : ITarget
{
    private const int MaxSteps = 24;

    private static readonly byte[][] Telling =
    [
        [], [1, 0], [2, 0], [1, 90], [2, 40], [1, 100], [1], [24, 0, 0, 1, 0], [24, 0, 0, 1, 1], [24, 0, 0, 1, 2], [24, 0, 0, 0],
            [0, 0, 0, 0],
        [4, 0, 0, 14, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0], [1, 0, 0, 0], [20, 0, 0, 0], [11, 0, 0, 4, 0, 0, 0, 0], [24, 0, 0],
    ];

    public string Name => "established";

    public string Oracle =>
        "As for handshakes; and what the application gets is what the peer sealed, in order, up to the first fault: however it is cut.";

    public byte[] Make(Dice dice)
    {
        var bytes = new List<byte> { dice.Byte(), dice.Byte() };
        for (var count = 1 + dice.Below(8); count > 0; count--)
        {
            var value = dice.OneIn(2) ? dice.Of(Telling) : dice.Bytes(dice.Below(12));
            byte kind = dice.OneIn(3) ? dice.Byte() : (byte)dice.Below(2);
            bytes.AddRange([kind, dice.OneIn(6) ? dice.Byte() : (byte)(20 + dice.Below(5)), (byte)value.Length, .. value]);
        }

        return [.. bytes];
    }

    public Outcome Run(ReadOnlySpan<byte> input)
    {
        var bytes = input.ToArray();
        var whole = Play(bytes, Cutting.Whole);
        var cut = Play(bytes, Cutting.Of(bytes.Length > 1 ? bytes[1] : (byte)0));
        if (whole != cut)
            throw new FindException($"The end depends on how the bytes are cut. At once: {whole} Cut: {cut}");
        return new Outcome(whole, Connections: 2);
    }

    private static string Play(byte[] input, Cutting cutting)
    {
        var reader = new InputReader(input);
        var first = reader.Byte();
        reader.Byte();
        var isServer = (first & 1) != 0;
        var setting = SettingOf((first & 2) != 0 ? SslProtocols.Tls12 : SslProtocols.Tls13, suite: (first & 16) != 0 ? 2 : 0,
            keeps: (first & 4) != 0);
        return Encounter.RunEstablished(isServer, setting, cutting, Act(ref reader));
    }

    /// <summary>What happens on it, one thing after the other.</summary>
    private static List<Action<EngineSide, PeerSide>> Act(ref InputReader reader)
    {
        var steps = new List<Action<EngineSide, PeerSide>>();
        while (!reader.IsAtEnd && steps.Count < MaxSteps)
        {
            var (kind, type, value) = (reader.Byte(), reader.Byte(), reader.Bytes(reader.Byte()));
            steps.Add((kind % 12) switch
            {
                0 => (_, peer) => peer.Send(type, value),
                1 => (_, peer) => peer.Send(23, value),
                2 => (_, peer) => peer.SendRaw([type, 3, 3, 0, (byte)value.Length, .. value]),
                3 => (_, peer) => peer.SendRaw(value),
                4 => (_, peer) => peer.Damage(type, value),
                5 => (engine, _) => engine.Connection.Transport.Write(value),
                6 => (engine, _) => engine.EndWriting(),
                7 => (engine, _) => engine.Connection.Transport.Close(),
                8 => (engine, _) => engine.UpdateKeys(requestPeer: (type & 1) != 0),
                9 => (_, peer) => peer.SendKeyUpdate(),
                10 => (_, peer) => peer.Send(23, new byte[type * 64]),
                _ => (_, peer) => Repeat(1 + type % 48, () => peer.Send(23, [])),
            });
        }

        return steps;
    }

    private static void Repeat(int count, Action action)
    {
        for (var i = 0; i < count; i++)
            action();
    }

    /// <summary>
    /// With a pre-shared key on TLS 1.3 there are no certificates; on 1.2 they are the quickest. The key is for SHA-256, as the suites are.
    /// </summary>
    private static Setting SettingOf(SslProtocols version, int suite, bool keeps) => new()
    {
        EngineVersions = version, PeerVersions = version, ServerKey = KeyKind.Ed25519, ClientCertificates = ClientCertificateMode.None,
        HasClientCertificate = false, Retries = false, IsHybrid = false, HasPsk = version == SslProtocols.Tls13, Chooses = false,
        IsLate = false, SignsLate = false, HasProtocols = false, HasStaple = keeps, IsTranscriptKept = true, Suite = suite, PeerSeed = 1,
        Cutting = 0,
    };
}
