using System.Security.Authentication;
using CsCheck;
using TlsFsm.Abstractions.Policy;

namespace TlsFsm.Tests.Core.Records;

/// <summary>
/// Whatever is written arrives, however it is cut up on its way: into messages, into segments of the transport, into reads.
/// </summary>
public sealed class ChunkingTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    private static readonly Gen<Turn> Turns = Gen.Select(
        Gen.Bool, Gen.Frequency((6, Gen.Int[0, 100]), (3, Gen.Int[900, 2_000]), (1, Gen.Int[16_000, 40_000])),
        Gen.Frequency((5, Gen.Int[1, 50]), (5, Gen.Int[500, 20_000])), Gen.Int[1, 20_000], Gen.Int[0, 9],
        static (fromClient, size, segment, read, special) => new Turn(fromClient, size, segment, read, special));

    [Test]
    public void Random_messages_in_random_segments_arrive_in_both_directions(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isPadded, [Values] bool isPlatform)
    {
        var padding = isPadded ? TlsRecordPadding.ToMultipleOf(128) : TlsRecordPadding.None;
        var platform = isPlatform ? PlatformCiphers.OfThisMachine : new PlatformCiphers(false, false, false);
        Turns.Array[1, 25].Sample(turns => Play(turns, version, padding, platform), iter: 12);
    }

    private static bool Play(Turn[] turns, SslProtocols version, TlsRecordPadding padding, PlatformCiphers platform)
    {
        var client = CorePair.Options(version);
        using var pair = CorePair.Connected(
            new TlsClientOptions
            {
                TargetHost = client.TargetHost, Verification = client.Verification, EnabledProtocols = version, RecordPadding = padding,
                Platform = platform,
            },
            CorePair.ServerOptions(version));
        List<byte> sentByClient = [], sentByServer = [], readByClient = [], readByServer = [];
        foreach (var turn in turns)
        {
            // Not all at once what the other turns have left: some of it stays on its way.
            var text = RecordBytes.Text(turn.Size, turn.Special);
            if (turn.FromClient)
                Send(pair.Client, pair.ClientOut, pair.ServerIn, pair.Server, sentByClient, readByServer, text, turn);
            else
                Send(pair.Server, pair.ServerOut, pair.ClientIn, pair.Client, sentByServer, readByClient, text, turn);
        }

        // The answers to key updates, and what stayed.
        Deliver(pair.ServerOut, pair.ClientIn, pair.Client, readByClient, new Turn(false, 0, int.MaxValue, 5_000, 1));
        Deliver(pair.ClientOut, pair.ServerIn, pair.Server, readByServer, new Turn(true, 0, int.MaxValue, 5_000, 1));
        Deliver(pair.ServerOut, pair.ClientIn, pair.Client, readByClient, new Turn(false, 0, int.MaxValue, 5_000, 1));
        return readByServer.SequenceEqual(sentByClient) && readByClient.SequenceEqual(sentByServer);
    }

    private static void Send(
        BouncyCastleCore from, MemoryBio outgoing, MemoryBio incoming, BouncyCastleCore to, List<byte> sent, List<byte> read,
        byte[] text, Turn turn)
    {
        if (turn.Special == 9 && from.Session!.Protocol == SslProtocols.Tls13)
            from.UpdateKeys(requestPeer: turn.Size % 2 == 0);
        from.Write(text);
        sent.AddRange(text);
        if (turn.Special != 0)
            Deliver(outgoing, incoming, to, read, turn);
    }

    private static void Deliver(MemoryBio outgoing, MemoryBio incoming, BouncyCastleCore to, List<byte> read, Turn turn)
    {
        var room = new byte[turn.Read];
        while (outgoing.Pending > 0)
        {
            var size = Math.Min(turn.Segment, outgoing.Pending);
            incoming.Write(outgoing.Readable[..size]);
            outgoing.Consume(size);
            while (to.Read(room, out var count) == CoreStatus.Done)
                read.AddRange(room.AsSpan(0, count));
        }
    }

    /// <summary>One write and its way.</summary>
    /// <param name="FromClient">Who writes.</param>
    /// <param name="Size">Bytes written.</param>
    /// <param name="Segment">Bytes that arrive at once.</param>
    /// <param name="Read">Bytes read at once.</param>
    /// <param name="Special">0: it stays on its way for now; 9: new keys first.</param>
    private sealed record Turn(bool FromClient, int Size, int Segment, int Read, int Special);
}
