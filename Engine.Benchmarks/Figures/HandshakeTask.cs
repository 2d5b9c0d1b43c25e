using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>Connections that are made, used for one byte each way (a client reads its tickets then), and dropped.</summary>
internal sealed class HandshakeTask(PairSettings settings, Func<IPair> create) : ITask
{
    private readonly byte[] _byte = new byte[1];
    private readonly byte[] _received = new byte[2];

    public void Check()
    {
        // The first connection of a resuming client is a full one; compare what they send.
        var first = Bytes();
        var later = Enumerable.Range(0, 3).Select(_ => Bytes()).Min();
        var isResumed = later < first - 300;
        WrongResultException.ThrowUnless(isResumed == settings.Resumes, isResumed
            ? $"A handshake that should be full is resumed ({later} bytes after {first})."
            : $"A handshake that should be resumed is full ({later} bytes after {first}).");
    }

    public void Run(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            using var pair = create();
            pair.Handshake();
            pair.Transfer(fromClient: false, _byte, _received);
            pair.Transfer(fromClient: true, _byte, _received);
        }
    }

    public void Dispose() { }

    private long Bytes()
    {
        using var pair = create();
        pair.Handshake();
        var bytes = pair.WireBytes;
        PairCheck.Negotiated(pair, settings);
        PairCheck.Echo(pair, 100);
        return bytes;
    }
}
