using TlsFsm.Core.Messages;
using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Running;
using TlsFsm.Fuzz.Worst;

namespace TlsFsm.Fuzz.Targets;

/// <summary>A ClientHello as bytes: the reader that choices are made by, and a server that makes them.</summary>
internal sealed class ClientHelloTarget : ITarget
{
    public string Name => "client-hello";

    public string Oracle =>
        "The reader throws nothing; a server never fails by itself; what the reader calls malformed a server refuses; cut in any way, also "
        + "in records of one byte, the same bytes end alike; allocation is a multiple of the bytes.";

    public byte[] Make(Dice dice)
    {
        var hello = dice.Of(Hellos.Usual);
        var plan = new List<byte>(Plan.Make(dice))[Setting.Size..];
        var reader = new InputReader([.. plan]);
        foreach (var change in Plan.Read(ref reader))
            hello = Edits.Apply(change, hello, isHandshake: true, isTls13: true);
        return [dice.Byte(), .. hello];
    }

    public Outcome Run(ReadOnlySpan<byte> input)
    {
        var choice = input.IsEmpty ? (byte)0 : input[0];
        var hello = input.IsEmpty ? [] : input[1..].ToArray();
        var known = Running.Oracle.Guard(hello.Length, (64 << 10, 200), () => Read(hello), static _ => false);

        // A server would make keys of its own, and answer: what differs then is not the hello's.
        var whole = Serve(hello, choice, Cutting.Whole, recordSize: 1 << 14);
        var cut = Serve(hello, choice, Cutting.Of(choice), recordSize: 1 << 14);
        var small = Serve(hello, choice, Cutting.Whole, recordSize: 1);
        if (whole != cut)
            throw new FindException($"The end depends on how the bytes are cut. At once: {whole} Cut: {cut}");
        if (IsWhole(hello) && whole != small)
            throw new FindException($"The end depends on the sizes of records. One: {whole} Of one byte: {small}");
        if (IsWhole(hello) && known == "malformed" && whole.Contains("answered", StringComparison.Ordinal))
            throw new FindException("A hello that cannot be read is answered.");
        return new Outcome($"{known.Split(' ')[0]}; {whole}", Connections: 3);
    }

    private static bool IsWhole(byte[] hello) => hello.Length >= 4 && hello[0] == 1
        && Extensions.ReadUInt24(hello.AsSpan(1)) == hello.Length - 4;

    private static string Read(byte[] hello)
    {
        if (!IsWhole(hello) || ClientHelloReader.Parse(hello) is not { } read)
            return "malformed";
        return read.Ja4.Length == 36 ? $"read {read.Ja4} {read}"
            : throw new FindException($"A JA4 of {read.Ja4.Length} letters: {read.Ja4}");
    }

    private static string Serve(byte[] hello, byte choice, Cutting cutting, int recordSize)
    {
        var loop = new FuzzLoop();
        var reader = new InputReader([2, 2, (byte)(choice & 0x60), (byte)(choice & 1)]);
        var options = EngineOptions.Server(Setting.Read(ref reader), loop.Time, action => loop.CallSoon(_ => action(), null));
        using var core = BouncyCastleCore.CreateServer(options);
        var engine = new EngineSide(loop, core, options);
        engine.Connection.ConnectionMade(engine);
        engine.Deliver(Hellos.Records(hello, recordSize), cutting);
        var isAnswered = engine.TakeOutput() is [22, ..];
        engine.EndStream();
        return $"{(isAnswered ? "answered" : "refused")} {engine.Conclude()}";
    }
}
