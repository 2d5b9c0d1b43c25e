using System.Diagnostics;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.Demo;

/// <summary>Sends a pattern, checks what comes back byte by byte, and closes when all of it has.</summary>
/// <param name="size">How many bytes.</param>
internal sealed class DemoClient(long size) : IProtocol
{
    private readonly Pattern _pattern = new(seed: (ulong)size);
    private readonly byte[] _block = new byte[BlockSize];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TlsTransport? _transport;
    private bool _isPaused;
    private long _sent;
    private long _received;
    private long _startedAt;

    /// <summary>Bytes that came back and were right. May be read from any thread.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Whether all of it came back.</summary>
    public bool IsComplete => Received == size;

    /// <summary>From the first byte sent to the last one back; null before.</summary>
    public TimeSpan? EchoTook { get; private set; }

    /// <summary>Completes when the connection is gone, however it went.</summary>
    public Task Ended => _ended.Task;

    public void ConnectionMade(ITransport transport)
    {
        _transport = (TlsTransport)transport;
        _startedAt = Stopwatch.GetTimestamp();
        Send();
    }

    public void DataReceived(ReadOnlySpan<byte> data)
    {
        if (_received + data.Length > size)
            Refuse($"more bytes came back than the {size} that were sent");
        else if (_pattern.FindDifference(data, _received) is { } position)
            Refuse($"byte {position} came back altered");
        else if (Interlocked.Add(ref _received, data.Length) == size)
            Finish();
    }

    public bool EofReceived() => false;

    public void PauseWriting() => _isPaused = true;

    public void ResumeWriting()
    {
        _isPaused = false;
        Send();
    }

    public void ConnectionLost(Exception? exception)
    {
        _isPaused = true;
        _ended.TrySetResult();
    }

    private void Send()
    {
        // A transport that closes drops what is written, and would never ask for a pause.
        while (!_isPaused && !_transport!.IsClosing && _sent < size)
        {
            var block = _block.AsSpan(0, (int)Math.Min(BlockSize, size - _sent));
            _pattern.Fill(block, _sent);
            _sent += block.Length;
            _transport.Write(block);
        }
    }

    private void Finish()
    {
        EchoTook = Stopwatch.GetElapsedTime(_startedAt);
        _transport!.Close();
    }

    private void Refuse(string why) => _transport!.Abort(new CliException($"the echo is wrong: {why}", ExitCode.Tls));

    // Four full TLS records.
    private const int BlockSize = 64 * 1024;
}
