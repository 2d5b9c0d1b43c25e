using TlsFsm.Buffers;

namespace TlsFsm.Connection;

/// <summary>From the application's writes to the transport. Output never waits for input.</summary>
internal sealed class OutgoingFlow
{
    // As asyncio's LOG_THRESHOLD_FOR_CONNLOST_WRITES: the first few writes after the end are a race, more are a bug.
    private const int DroppedWritesBeforeWarning = 5;

    private readonly TlsConnection _connection;
    private readonly WriteBacklog _backlog = new();
    private bool _isSendDue;
    private int _droppedWrites;
    private bool _isHandingOver;

    public OutgoingFlow(TlsConnection connection)
    {
        _connection = connection;
        Marks = WaterMarks.Resolve(connection.Options.WriteHighWaterMark, connection.Options.WriteLowWaterMark, WaterMarks.DefaultWriteKiB);
    }

    /// <summary>Ciphertext that waits for the transport.</summary>
    public MemoryBio Bio { get; } = new();

    public WaterMarks Marks { get; private set; }

    /// <summary>Whether the transport has asked us to pause.</summary>
    public bool IsTransportPaused { get; set; }

    /// <summary>Whether the application has ended its direction (half-close).</summary>
    public bool IsWriteClosed { get; private set; }

    /// <summary>Whether we have asked the application to pause.</summary>
    public bool IsApplicationPaused { get; set; }

    /// <summary>Ciphertext and backlog; what the transport holds is the transport's to count.</summary>
    public int Size => Bio.Pending + _backlog.Size;

    /// <summary>
    /// One write of the application; it becomes records of its own, unless <see cref="TlsConnectionOptions.CoalesceWrites"/> says
    /// otherwise.
    /// </summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        if (!Accepts())
            return;

        if (_connection.State != TlsState.Wrapped)
        {
            _backlog.Append(data);
            return;
        }

        if (_connection.Options.CoalesceWrites)
        {
            _backlog.Append(data);
            SendSoon();
            return;
        }

        if (EncryptBacklog() && Encrypt(data))
            Flush();
    }

    /// <summary>Several writes, handed to the transport together.</summary>
    public void WriteLines(ReadOnlyMemory<byte>[] lines)
    {
        if (!Accepts())
            return;

        foreach (var line in lines)
            _backlog.Append(line.Span);
        if (_connection.State == TlsState.Wrapped)
            SendBacklog();
    }

    /// <summary>Encrypts all that waits, before our close_notify.</summary>
    /// <returns>False when that failed, and the connection with it.</returns>
    public bool Settle() => EncryptBacklog();

    /// <summary>Encrypts what waited for the handshake, or for the end of the turn, and hands over all output.</summary>
    public void SendBacklog()
    {
        if (EncryptBacklog())
            Flush();
    }

    /// <summary>Hands all output to the transport unless it is paused, then looks at the mark.</summary>
    public void Flush()
    {
        HandOver();
        CheckMark();
    }

    public void HandOver()
    {
        // A transport may say pause and resume while it takes a write, and the application then writes more: the bytes are out
        // of the BIO by then, and what was added goes in the next round, never inside the transport's own call.
        if (_isHandingOver)
            return;

        _isHandingOver = true;
        try
        {
            while (!IsTransportPaused && Bio.Pending > 0)
            {
                using var taken = Bio.TakeAll();
                _connection.Lower!.Write(taken.Bytes);
                _connection.ShutdownFlow.HandleProgress();
            }
        }
        finally
        {
            _isHandingOver = false;
        }
    }

    public void HandleTransportResumed()
    {
        if (!IsTransportPaused)
            return;

        IsTransportPaused = false;
        if (_connection.State == TlsState.Unwrapped)
            return;

        Flush();
        _connection.ShutdownFlow.TryComplete();
    }

    /// <summary>Half-close: all that was written goes out, and close_notify after it; reading goes on.</summary>
    public void CloseWrite()
    {
        if (IsWriteClosed)
            return;

        _connection.Fire(TlsTrigger.WriteCloseRequested);
        if (_connection.State != TlsState.Wrapped)
            return;

        IsWriteClosed = true;
        if (!EncryptBacklog())
            return;

        try
        {
            _connection.Core.CloseWrite();
        }
        catch (TlsException exception)
        {
            _connection.Ending.Fail(exception);
            return;
        }

        Flush();
    }

    public void SetMarks(int? high, int? low)
    {
        Marks = WaterMarks.Resolve(high, low, WaterMarks.DefaultWriteKiB);
        CheckMark();
    }

    public void Clear()
    {
        Bio.Clear();
        _backlog.Clear();
    }

    /// <summary>Small writes wait for the end of the loop's turn, to go together; a record's worth does not.</summary>
    private void SendSoon()
    {
        if (_backlog.Size >= TlsRecordSize.Max)
        {
            SendBacklog();
            return;
        }

        if (!_isSendDue)
        {
            _isSendDue = true;
            _connection.Loop.CallSoon(static self => ((OutgoingFlow)self!).SendDue(), this);
        }

        CheckMark();
    }

    private void SendDue()
    {
        using var use = _connection.Enter();
        _isSendDue = false;
        if (_connection.State == TlsState.Wrapped)
            SendBacklog();
    }

    private bool Accepts()
    {
        if (!_connection.IsOver && !IsWriteClosed && _connection.State is not (TlsState.Flushing or TlsState.Shutdown))
            return true;

        if (++_droppedWrites > DroppedWritesBeforeWarning)
            LogMessages.WriteAfterClose(_connection.Log);
        return false;
    }

    private bool EncryptBacklog()
    {
        if (_connection.Options.CoalesceWrites && !_backlog.IsEmpty)
        {
            if (!Encrypt(_backlog.All))
                return false;

            _backlog.Clear();
        }

        while (!_backlog.IsEmpty)
        {
            if (!Encrypt(_backlog.First))
                return false;

            _backlog.RemoveFirst();
        }

        return true;
    }

    private bool Encrypt(ReadOnlySpan<byte> data)
    {
        try
        {
            _connection.Core.Write(data);
            return true;
        }
        catch (TlsException exception)
        {
            _connection.Ending.Fail(exception);
            return false;
        }
    }

    /// <summary>Pauses the application over the high mark and resumes it at the low one; only while it knows of the connection.</summary>
    private void CheckMark()
    {
        // Before it is connected an application that knows of its connection (an upgrade) writes into the backlog.
        var isUnwrapped = _connection.State == TlsState.Unwrapped && _connection.Lower is not null;
        if (!_connection.Application.IsTold || isUnwrapped)
            return;

        if (!IsApplicationPaused && Marks.IsOver(Size))
        {
            IsApplicationPaused = true;
            _connection.Application.TellPauseWriting();
        }
        else if (IsApplicationPaused && Marks.IsUnder(Size))
        {
            IsApplicationPaused = false;
            _connection.Application.TellResumeWriting();
        }
    }
}
