using System.Text.Json;

namespace TlsFsm.Tests.Conformance;

/// <summary>One trace: how the world is set up, what happens, and what is observed while it happens.</summary>
internal sealed record Trace(string Name, TraceConfig Config, JsonElement[][] Script, string[][] Expect)
{
    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Trace Parse(string line) =>
        JsonSerializer.Deserialize<Trace>(line, Snake) ?? throw new JsonException("A trace is a JSON object.");

    public override string ToString() => Name;
}

/// <summary>How the world of a trace is set up.</summary>
internal sealed record TraceConfig(
    bool Server,
    bool Buffered,
    int BufferSize,
    bool CallConnectionMade,
    double HandshakeTimeout,
    double ShutdownTimeout,
    Dictionary<string, JsonElement[][]> Reactions);
