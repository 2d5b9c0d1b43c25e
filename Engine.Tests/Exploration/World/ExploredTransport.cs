using System.Buffers.Binary;

namespace TlsFsm.Tests.Exploration;

/// <summary>
/// The transport below the explored connection. It takes all it is given; a slow one holds it until the network takes it, and its close
/// waits for that.
/// </summary>
internal sealed class ExploredTransport(World world, bool isSlow) : ISwitchableTransport, IDrainingTransport
{
    private const int HeaderSize = 3;

    private readonly List<byte> _unparsed = [];
    private bool _isCloseDue;
    private long _taken;
    private long _endOfData;

    public IProtocol Protocol { get; set; } = null!;

    public bool IsReading { get; private set; } = true;

    public bool IsWritingPaused { get; set; }

    /// <summary>Closed, aborted, or lost: nothing arrives any more.</summary>
    public bool IsClosing { get; private set; }

    public bool IsLost { get; set; }

    public long UnsentBytes { get; private set; }

    public Action? Progressed { get; set; }

    /// <summary>Whether data of the application's was dropped that had been taken.</summary>
    public bool HasDroppedData { get; private set; }

    /// <summary>It was closed, and waits for the network.</summary>
    public bool IsDraining => _isCloseDue;

    /// <summary>The application's bytes, in whole records, that the peer has or will have.</summary>
    public NumberedReceipt Data { get; } = new();

    /// <summary>The kinds of the records given so far, one letter each.</summary>
    public string Records { get; private set; } = "";

    /// <summary>When it was last given something, or something last left it.</summary>
    public TimeSpan LastMoved { get; private set; }

    public void Write(ReadOnlySpan<byte> data)
    {
        _unparsed.AddRange(data);
        _taken += data.Length;
        LastMoved = world.Loop.Now;
        var before = Records.Length;
        Parse();
        world.Journal.Add(Sight.Sent, Records[before..]);
        if (isSlow && !IsClosing)
            UnsentBytes += data.Length;
    }

    /// <summary>The network takes some of what waits.</summary>
    public void Drain(int count)
    {
        UnsentBytes = Math.Max(0, UnsentBytes - count);
        LastMoved = world.Loop.Now;
        Progressed?.Invoke();
        if (UnsentBytes == 0 && _isCloseDue)
            BeginLoss(null);
    }

    public void PauseReading()
    {
        IsReading = false;
        world.Journal.Add(Sight.ReadingPaused);
    }

    public void ResumeReading()
    {
        IsReading = true;
        world.Journal.Add(Sight.ReadingResumed);
    }

    public void Close()
    {
        world.Journal.Add(Sight.Closed);
        if (IsClosing)
            return;

        IsClosing = true;
        _isCloseDue = UnsentBytes > 0;
        if (!_isCloseDue)
            BeginLoss(null);
    }

    public void Abort(Exception? reason = null)
    {
        world.Journal.Add(Sight.Aborted, reason?.GetType().Name ?? "");
        var isBegun = IsClosing && !_isCloseDue;
        DropUnsent();
        if (isBegun)
            return;

        IsClosing = true;
        _isCloseDue = false;
        BeginLoss(reason);
    }

    /// <summary>What waited is gone with the transport.</summary>
    public void DropUnsent()
    {
        HasDroppedData |= _taken - UnsentBytes < _endOfData;
        UnsentBytes = 0;
    }

    private void BeginLoss(Exception? exception)
    {
        _isCloseDue = false;
        world.Loop.CallSoon(_ => world.Lose(exception), null);
    }

    private void Parse()
    {
        while (_unparsed.Count >= HeaderSize)
        {
            var header = _unparsed.GetRange(0, HeaderSize).ToArray();
            var size = HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(1));
            if (_unparsed.Count < size)
                return;

            Records += (char)header[0];
            if (header[0] == 'd')
            {
                _endOfData = _taken - _unparsed.Count + size;
                Data.Add(_unparsed.GetRange(HeaderSize, size - HeaderSize).ToArray());
            }

            _unparsed.RemoveRange(0, size);
        }
    }
}
