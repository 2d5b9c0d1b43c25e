using System.Text.Json;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>A random life of a connection in the words of the conformance traces, the same for the same seed.</summary>
internal static class RandomScript
{
    private static readonly string[] Callbacks =
        ["connection_made", "data_received", "eof_received", "connection_lost", "pause_writing", "resume_writing"];

    // What ends every script: whatever happened before, the connection must come to its end now.
    private static readonly object[][] Finish =
        [["connect"], ["transport_resume"], ["close"], ["run"], ["advance", 200], ["run"]];

    public static (TraceConfig Config, JsonElement[][] Script) Generate(int seed)
    {
        var random = new Random(seed);
        var isUpgrade = random.Next(3) == 0;
        var reactions = new Dictionary<string, JsonElement[][]>();
        foreach (var callback in Callbacks)
        {
            if (random.Next(5) == 0)
                reactions[callback] = ToJson([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Reaction(random))]);
        }

        var config = new TraceConfig(
            random.Next(2) == 0, random.Next(2) == 0, Pick(random, 1, 7, 100, 5000), !isUpgrade, 60, 30, reactions);
        List<object[]> script = [.. Enumerable.Range(0, isUpgrade ? random.Next(3) : 0).Select(_ => ByApplication(random)), ["connect"]];
        if (random.Next(10) > 0)
            script.Add(["rx", new object[] { new object[] { "hs", "hello" } }]);
        for (var i = random.Next(4, 30); i > 0; i--)
            script.Add(random.Next(2) == 0 ? ByApplication(random) : ByTransport(random));
        if (script.Count(step => step is ["connect"]) == 1)
            script.AddRange(Finish.Skip(1));
        return (config, ToJson(script));
    }

    private static object[] Reaction(Random random) => random.Next(8) == 0 ? ["raise"] : ByApplication(random);

    private static object[] ByApplication(Random random) => random.Next(24) switch
    {
        < 9 => ["write", Size(random)],
        < 10 => ["writelines", Enumerable.Range(0, random.Next(4)).Select(_ => Size(random)).ToArray()],
        < 14 => ["pause_reading"],
        < 18 => ["resume_reading"],
        < 20 => ["set_write_limits", Pick(random, 0, 10, 1000), 0],
        < 22 => ["set_read_limits", Pick(random, 0, 10, 1000), null!],
        < 23 => ["close"],
        _ => random.Next(6) switch { 0 => ["abort"], 1 => ["refuse"], _ => ["close"] },
    };

    private static object[] ByTransport(Random random) => random.Next(24) switch
    {
        < 10 => ["rx", Enumerable.Range(0, random.Next(1, 4)).Select(_ => Record(random)).ToArray(),
            random.Next(3) == 0 ? random.Next(12) : 0],
        < 15 => ["run"],
        < 18 => ["transport_pause"],
        < 21 => ["transport_resume"],
        < 22 => ["rx_eof"],
        < 23 => ["advance", Pick(random, 1, 29, 30, 60)],
        _ => random.Next(3) == 0 ? ["lost", random.Next(2) == 0 ? "none" : "reset"] : ["run"],
    };

    private static object[] Record(Random random) => random.Next(20) switch
    {
        < 13 => ["data", Size(random)],
        < 15 => ["hs", "keyupdate"],
        < 16 => ["hs", Pick(random, "hello", "more", "badcert")],
        < 19 => ["close"],
        _ => ["bad"],
    };

    private static int Size(Random random) => random.Next(12) switch
    {
        0 => 0,
        1 => 20_000,
        2 => 5000,
        _ => random.Next(1, 50),
    };

    private static T Pick<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];

    private static JsonElement[][] ToJson(IReadOnlyList<object[]> steps) =>
        JsonSerializer.Deserialize<JsonElement[][]>(JsonSerializer.Serialize(steps))!;
}
