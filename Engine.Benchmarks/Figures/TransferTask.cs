using System.Security.Cryptography;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>Messages over a number of connections in turn, one way or there and back.</summary>
internal sealed class TransferTask : ITask
{
    private readonly PairSettings _settings;
    private readonly IPair[] _pairs;
    private readonly bool _isRoundTrip;
    private readonly byte[] _message;
    private readonly byte[] _received;
    private int _next;

    /// <param name="settings">What must be negotiated.</param>
    /// <param name="create">Makes a pair.</param>
    /// <param name="size">Bytes of a message.</param>
    /// <param name="isRoundTrip">Whether the server sends it back.</param>
    /// <param name="connections">Over how many connections, one message each in turn.</param>
    public TransferTask(PairSettings settings, Func<IPair> create, int size, bool isRoundTrip = false, int connections = 1)
    {
        _settings = settings;
        _isRoundTrip = isRoundTrip;
        _message = RandomNumberGenerator.GetBytes(size);
        _received = new byte[size + 1];
        _pairs = [.. Enumerable.Range(0, connections).Select(_ => create())];
        foreach (var pair in _pairs)
            pair.Handshake();
    }

    public void Check()
    {
        foreach (var pair in _pairs)
        {
            PairCheck.Negotiated(pair, _settings);
            PairCheck.Echo(pair, _message.Length);
        }
    }

    public void Run(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            var pair = _pairs[_next];
            _next = _next + 1 == _pairs.Length ? 0 : _next + 1;
            pair.Transfer(fromClient: true, _message, _received);
            if (_isRoundTrip)
                pair.Transfer(fromClient: false, _message, _received);
        }
    }

    public void Dispose()
    {
        foreach (var pair in _pairs)
            pair.Dispose();
    }
}
