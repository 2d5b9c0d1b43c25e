using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Targets;

/// <summary>A handshake of the engine with BouncyCastle, whose messages are changed before they are protected.</summary>
internal sealed class HandshakeTarget(bool isEngineServer) : ITarget
{
    /// <summary>ECDSA's signatures, points and keys differ each time, so a difference counts only if it stays.</summary>
    private const int Repetitions = 5;

    public string Name => isEngineServer ? "server-handshake" : "client-handshake";

    public string Oracle =>
        "The connection ends once, with a reason that is the peer's, in bounded turns and memory; however the bytes are cut it ends alike; "
        + "what stock BouncyCastle refuses of the same messages is refused, but for what StockDifferences lists.";

    public byte[] Make(Dice dice) => Plan.Make(dice);

    public Outcome Run(ReadOnlySpan<byte> input)
    {
        var reader = new InputReader(input);
        var setting = Setting.Read(ref reader);
        var plan = Plan.Read(ref reader);

        var whole = Encounter.Run(isEngineServer, setting, new Hand(plan), Cutting.Whole);
        var cut = Encounter.Run(isEngineServer, setting, new Hand(plan), Cutting.Of(setting.Cutting));
        var connections = 2;
        if (whole != cut)
            connections += CompareAgain(setting, plan, whole, cut);
        if (IsAccepted(whole))
            connections += CompareWithStock(setting, plan, whole);
        return new Outcome(whole, connections);
    }

    private static bool IsAccepted(string words) => words.StartsWith("made, Clean", StringComparison.Ordinal);

    private int CompareAgain(Setting setting, IReadOnlyList<PlannedChange> plan, string whole, string cut)
    {
        var (ofWhole, ofCut) = (new HashSet<string> { whole }, new HashSet<string> { cut });
        for (var i = 0; i < Repetitions; i++)
        {
            ofWhole.Add(Encounter.Run(isEngineServer, setting, new Hand(plan), Cutting.Whole));
            ofCut.Add(Encounter.Run(isEngineServer, setting, new Hand(plan), Cutting.Of(setting.Cutting)));
            if (ofWhole.Overlaps(ofCut))
                return 2 * (i + 1);
        }

        throw new FindException($"The end depends on how the bytes are cut. At once: {whole} Cut: {cut}");
    }

    /// <summary>We went through with all of it.</summary>
    private int CompareWithStock(Setting setting, IReadOnlyList<PlannedChange> plan, string whole)
    {
        for (var i = 0; i < Repetitions; i++)
        {
            var (atStock, atEngine) = (new Hand(plan), new Hand(plan));
            if (Encounter.RunStock(isEngineServer, setting, atStock) is not { } refusal || StockDifferences.IsListed(refusal))
                return i;

            // It may have been the keys of that time, or something else that was changed: stock offers other extensions than the engine,
            // so a peer answers others.
            if (!IsAccepted(Encounter.Run(isEngineServer, setting, atEngine, Cutting.Whole)) || atStock.Shapes != atEngine.Shapes)
                return i + 1;

            // Stock may not get along with these settings at all.
            if (Encounter.RunStock(isEngineServer, setting, new Hand([])) is not null)
                return i + 2;
            if (i == Repetitions - 1)
                throw new FindException($"The engine accepts what stock BouncyCastle refuses ({refusal.Message}): {whole}", refusal);
        }

        return Repetitions;
    }
}
