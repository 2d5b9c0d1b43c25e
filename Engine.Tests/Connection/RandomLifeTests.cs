using System.Text.Json;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>Random lives, re-entrant callbacks included: not what happens, but what must hold whatever happens.</summary>
[TestFixture]
internal sealed class RandomLifeTests
{
    private const int Scripts = 2000;

    private static readonly string[] LegalSteps =
    [
        "UNWRAPPED>DO_HANDSHAKE", "DO_HANDSHAKE>WRAPPED", "WRAPPED>FLUSHING", "FLUSHING>SHUTDOWN",
        "DO_HANDSHAKE>UNWRAPPED", "WRAPPED>UNWRAPPED", "FLUSHING>UNWRAPPED", "SHUTDOWN>UNWRAPPED",
    ];

    [Test]
    public void Whatever_happens_the_promises_hold()
    {
        var first = Environment.GetEnvironmentVariable("TLSFSM_SEED") is { Length: > 0 } given ? int.Parse(given, null) : 1;
        var steps = new HashSet<string>();
        var endings = new HashSet<CloseReason>();

        for (var seed = first; seed < first + Scripts; seed++)
        {
            var (config, script) = RandomScript.Generate(seed);
            var world = new TraceWorld(config);
            world.Play(script);

            var broken = Broken(world, config).ToList();
            Assert.That(
                broken, Is.Empty,
                () => $"Seed {seed} (TLSFSM_SEED={seed} plays it first): {string.Join("; ", broken)}\n{Show(config, script, world)}");
            steps.UnionWith(world.Journal.Where(e => e.StartsWith("state:", StringComparison.Ordinal)).Select(e => e["state:".Length..]));
            endings.Add(world.Connection.CloseReason);
        }

        // The scripts must be worth playing: every step of the machine, every ending.
        Assert.That(steps, Is.EquivalentTo(LegalSteps));
        Assert.That(
            endings, Is.SupersetOf(
                Enum.GetValues<CloseReason>().Except(
                    [CloseReason.None, CloseReason.Truncated, CloseReason.PlaintextInjection, CloseReason.Detached])));
    }

    private static IEnumerable<string> Broken(TraceWorld world, TraceConfig config) =>
        BrokenByCallbacks(world.Journal, config).Concat(BrokenByTransportCalls(world.Journal)).Concat(BrokenAtTheEnd(world));

    private static IEnumerable<string> BrokenByCallbacks(IReadOnlyList<string> journal, TraceConfig config)
    {
        var (told, lost, ended, closed, paused, writingPaused, insideLoss, eofs) =
            (!config.CallConnectionMade, false, false, false, false, false, false, 0);
        foreach (var entry in journal)
        {
            var isData = entry.StartsWith("app.data_received", StringComparison.Ordinal)
                || entry.StartsWith("app.buffer_updated", StringComparison.Ordinal);
            if (entry.StartsWith("uncaught:", StringComparison.Ordinal))
                yield return $"{entry} escaped into the transport";
            if (entry.StartsWith("handler:", StringComparison.Ordinal) && entry != "handler:app")
                yield return $"{entry} was reported as unhandled";
            if (entry.StartsWith("app.", StringComparison.Ordinal) && lost)
                yield return $"{entry} after connection_lost";
            if (entry.StartsWith("app.", StringComparison.Ordinal) && !told && entry != "app.connection_made")
                yield return $"{entry} before connection_made";
            if (isData && (closed || ended))
                yield return $"{entry} after the end";
            if (isData && paused)
                yield return $"{entry} while paused";

            switch (entry)
            {
                case "app.connection_made" when told:
                    yield return "connection_made twice";
                    break;
                case "app.connection_made":
                    told = true;
                    break;
                case "app.eof_received" when ++eofs > 1 || ended:
                    yield return "eof_received twice or after the end";
                    break;
                case "app.pause_writing" when writingPaused:
                case "app.resume_writing" when !writingPaused:
                    yield return $"{entry} out of turn";
                    break;
                case "app.pause_writing":
                    writingPaused = true;
                    break;
                case "app.resume_writing":
                    writingPaused = false;
                    break;
                case "call:pause_reading":
                    paused = true;
                    break;
                case "call:resume_reading":
                    paused = false;
                    break;
                case "call:close" or "call:abort":
                    closed = true;
                    break;
                case "call:lost":
                    insideLoss = true;
                    break;
                case "call:lost returned":
                    insideLoss = false;
                    break;
            }

            if (entry.StartsWith("app.connection_lost", StringComparison.Ordinal))
            {
                lost = true;
                if (insideLoss)
                    yield return "connection_lost inside the loss, not on a later turn";
            }

            ended |= entry.EndsWith(">UNWRAPPED", StringComparison.Ordinal);
        }

        if (told != lost)
            yield return told ? "the loss was not told" : "a loss was told to an application that knew nothing";
        if (journal.Count(entry => entry.StartsWith("waiter:", StringComparison.Ordinal)) != 1)
            yield return "the waiter was not told once";
    }

    private static IEnumerable<string> BrokenByTransportCalls(IReadOnlyList<string> journal)
    {
        var (ended, readingPaused, ends, closes) = (false, false, 0, 0);
        foreach (var entry in journal)
        {
            if (entry.StartsWith("state:", StringComparison.Ordinal) && !LegalSteps.Contains(entry["state:".Length..]))
                yield return $"the illegal step {entry}";
            if (ended && (entry.StartsWith("tx:", StringComparison.Ordinal)
                || entry is "transport.pause_reading" or "transport.resume_reading" or "transport.close"))
                yield return $"{entry} after the end";
            if (entry == "transport.abort" || entry.StartsWith("transport.force_close", StringComparison.Ordinal))
                ends++;
            if (entry.StartsWith("call:transport.close", StringComparison.Ordinal) && !ended)
            {
                closes++;
                if (entry != "call:transport.close with 0 bytes waiting")
                    yield return entry;
            }

            if (entry == (readingPaused ? "transport.pause_reading" : "transport.resume_reading"))
                yield return $"{entry} twice";
            readingPaused = entry == "transport.pause_reading" || (readingPaused && entry != "transport.resume_reading");
            ended |= entry.EndsWith(">UNWRAPPED", StringComparison.Ordinal);
        }

        if (ends > 1 || closes > 1)
            yield return $"the transport was aborted {ends} times and closed {closes} times";
    }

    private static IEnumerable<string> BrokenAtTheEnd(TraceWorld world)
    {
        var connection = world.Connection;
        if (connection.State != TlsState.Unwrapped || connection.CloseReason == CloseReason.None)
            yield return $"it does not end: {connection}";
        if (world.ArmedTimers > 0)
            yield return "a timer is armed";
        if (connection.Transport.ReadBufferSize + connection.Transport.WriteBufferSize > 0)
            yield return "bytes are kept";

        var records = Toy.Parse(world.Sent.ToArray());
        var data = records.Where(record => record.Type == 'd').SelectMany(record => record.Payload).ToArray();
        var isWhole = connection.CloseReason is CloseReason.Clean or CloseReason.Unanswered;
        if (!world.Accepted.Take(data.Length).SequenceEqual(data) || (isWhole && data.Length != world.Accepted.Count))
            yield return $"{data.Length} bytes went out of the {world.Accepted.Count} that were accepted, or others";
        if (isWhole && records[^1].Type != 'c')
            yield return $"the last record is {records[^1].Type}, not close_notify";
    }

    private static string Show(TraceConfig config, JsonElement[][] script, TraceWorld world) =>
        $"config: {JsonSerializer.Serialize(config)}\nscript: {JsonSerializer.Serialize(script)}\njournal: "
        + $"{string.Join(" | ", world.Journal)}";
}
