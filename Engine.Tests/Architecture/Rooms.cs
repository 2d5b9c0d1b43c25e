namespace TlsFsm.Tests.Architecture;

/// <summary>
/// The rooms of the engine: its folders, in the order in which they may use one another. A layer is the first part of a path. A room that
/// is added or moved is a line here.
/// </summary>
internal static class Rooms
{
    /// <summary>Each layer may use itself and these.</summary>
    public static IReadOnlyDictionary<string, string[]> Layers { get; } = new Dictionary<string, string[]>
    {
        ["Abstractions"] = [],
        ["Machines"] = ["Abstractions"],
        ["Buffers"] = ["Abstractions"],
        ["Core"] = ["Abstractions", "Machines", "Buffers"],
        ["Connection"] = ["Abstractions", "Machines", "Buffers", "Core"],
        ["Hosting"] = ["Abstractions", "Machines", "Buffers", "Core", "Connection"],
    };

    /// <summary>Inside of its layer each room may use itself and those before it.</summary>
    public static IReadOnlyList<string> InOrder { get; } =
    [
        "Abstractions/Words",
        "Abstractions/Endings",
        "Abstractions/Seams",
        "Abstractions/Credentials",
        "Abstractions/Verification",
        "Abstractions/Sessions",
        "Abstractions/Policy",
        "Abstractions/Options",

        "Machines",

        "Buffers",

        "Core",
        "Core/Strictness",
        "Core/Records",
        "Core/Primitives",
        "Core/Messages",
        "Core/Decisions",
        "Core/Certificates",
        "Core/Options",
        "Core/Sessions",
        "Core/BouncyCastle/Library",
        "Core/BouncyCastle/Replay",
        "Core/BouncyCastle/Records",
        "Core/BouncyCastle/Keys",
        "Core/BouncyCastle/Identity",
        "Core/BouncyCastle/Crypto",
        "Core/BouncyCastle/Sessions",
        "Core/BouncyCastle/Rules",
        "Core/BouncyCastle/Roles",
        "Core/BouncyCastle",

        "Connection/Telemetry",
        "Connection",

        "Hosting/Loops",
        "Hosting/Transports",
        "Hosting/Sockets",
        "Hosting/Pipes",
        "Hosting/Duplex",
        "Hosting/Streams",
        "Hosting/Connections",
        "Hosting/Doors",
        "Hosting/Http",
    ];

    /// <summary>The layer of a room.</summary>
    public static string LayerOf(string room) => room.Split('/')[0];

    /// <summary>Whether a room may use another.</summary>
    public static bool MayUse(string room, string other)
    {
        var (layer, otherLayer) = (LayerOf(room), LayerOf(other));
        return layer == otherLayer
            ? Place(other) <= Place(room)
            : Layers.TryGetValue(layer, out var below) && below.Contains(otherLayer);
    }

    private static int Place(string room) => InOrder.ToList().IndexOf(room);
}
