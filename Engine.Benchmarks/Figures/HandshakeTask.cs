using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>Connections that are made, used for one byte each way (a client reads its tickets then), and dropped.</summary>
/// <param name="settings">What both ends agree on.</param>
/// <param name="create">Makes a pair.</param>
/// <param name="shareBytes">By how much the key shares of both ends are larger than X25519's.</param>
internal sealed class HandshakeTask(PairSettings settings, Func<IPair> create, int shareBytes = 0) : ITask
{
    private readonly byte[] _byte = new byte[1];
    private readonly byte[] _received = new byte[2];

    public void Check()
    {
        // The first connection of a resuming client is a full one, unless an earlier task of this process has filled the contender's cache;
        // only a full one has the chain in it, so what is sent tells them apart.
        var first = Bytes();
        var later = Enumerable.Range(0, 3).Select(_ => Bytes()).Min();
        var isResumed = later < ChainBytes + LeastBesides + shareBytes;
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

    // Without a chain, all that is sent in a resumed handshake is some 1,000 bytes, tickets included; hellos, signature and Finished of a
    // full one are some 580 beside its chain. This is halfway.
    private const int LeastBesides = 430;

    private int ChainBytes =>
        settings.Credential.Certificate.RawData.Length + settings.Credential.Intermediates.Sum(one => one.RawData.Length);

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
