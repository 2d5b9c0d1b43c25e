using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>
/// One end of a byte pipe in memory with back pressure both ways; what is written arrives at the other end in chunks, one a turn.
/// </summary>
internal sealed class PipeTransport(TurnByTurnLoop loop, int chunkSize) : ISwitchableTransport
{
    public const int HighMark = 64 * 1024;
    private const int LowMark = HighMark / 4;

    private readonly MemoryBio _outgoing = new();
    private Exception? _lossReason;
    private bool _isScheduled;
    private bool _isClosing;
    private bool _hasSentEnd;
    private bool _isLost;

    public PipeTransport Peer { get; set; } = null!;

    public IProtocol Protocol { get; set; } = null!;

    public bool IsReading { get; private set; } = true;

    public bool IsWritingPaused { get; private set; }

    /// <summary>How many bytes arrived at the other end.</summary>
    public long Delivered { get; private set; }

    /// <summary>The most bytes that ever waited here.</summary>
    public int MostWaiting { get; private set; }

    /// <summary>After so many bytes the other end sees the end of the stream, and nothing more.</summary>
    public long? CutAfter { get; set; }

    /// <summary>Swallows all that is written from now on, and says nothing.</summary>
    public bool IsDead { get; set; }

    public static (PipeTransport Client, PipeTransport Server) CreatePair(TurnByTurnLoop loop, int chunkSize)
    {
        var (client, server) = (new PipeTransport(loop, chunkSize), new PipeTransport(loop, chunkSize));
        (client.Peer, server.Peer) = (server, client);
        return (client, server);
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        if (_isLost || IsDead)
            return;

        _outgoing.Write(data);
        MostWaiting = Math.Max(MostWaiting, _outgoing.Pending);
        if (!IsWritingPaused && _outgoing.Pending > HighMark)
        {
            IsWritingPaused = true;
            Protocol.PauseWriting();
        }

        Schedule();
    }

    public void PauseReading() => IsReading = false;

    public void ResumeReading()
    {
        IsReading = true;
        Peer.Schedule();
    }

    public void Close()
    {
        _isClosing = true;
        Schedule();
    }

    /// <summary>As a kernel does it: what was handed over may still arrive, an alert for example.</summary>
    public void Abort(Exception? reason = null)
    {
        _isClosing = true;
        _lossReason ??= reason;
        Lose();
        Schedule();
    }

    private void Schedule()
    {
        if (_isScheduled)
            return;

        _isScheduled = true;
        loop.CallSoon(_ => Deliver(), null);
    }

    private void Deliver()
    {
        _isScheduled = false;
        if (Peer._isLost)
            _outgoing.Clear();
        var count = (int)Math.Min(Math.Min(chunkSize, _outgoing.Pending), (CutAfter ?? long.MaxValue) - Delivered);
        if (count > 0 && Peer.IsReading)
        {
            var bytes = _outgoing.Readable[..count].ToArray();
            _outgoing.Consume(count);
            Delivered += count;
            Peer.Receive(bytes);
            Schedule();
        }

        if (IsWritingPaused && _outgoing.Pending <= LowMark && !_isLost)
        {
            IsWritingPaused = false;
            Protocol.ResumeWriting();
        }

        if (Peer.IsReading && (Delivered == CutAfter || (_isClosing && _outgoing.Pending == 0)))
            EndStream();
    }

    private void Receive(byte[] bytes)
    {
        if (_isLost)
            return;

        if (Protocol is not IBufferedProtocol buffered)
        {
            Protocol.DataReceived(bytes);
            return;
        }

        for (var rest = bytes.AsSpan(); !rest.IsEmpty;)
        {
            var buffer = buffered.GetBuffer(rest.Length).Span;
            var count = Math.Min(buffer.Length, rest.Length);
            rest[..count].CopyTo(buffer);
            rest = rest[count..];
            buffered.BufferUpdated(count);
        }
    }

    private void EndStream()
    {
        if (_hasSentEnd)
            return;

        _hasSentEnd = true;
        if (!IsDead && !Peer._isLost && !Peer._isClosing && !Peer.Protocol.EofReceived())
            Peer.Close();
        if (_isClosing)
            Lose();
    }

    private void Lose()
    {
        if (_isLost)
            return;

        _isLost = true;
        loop.CallSoon(_ => Protocol.ConnectionLost(_lossReason), null);
    }
}
