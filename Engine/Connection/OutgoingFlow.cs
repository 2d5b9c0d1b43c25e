using Microsoft.Extensions.Logging;
using TlsFsm.Buffers;
using TlsFsm.Connection.Telemetry;

namespace TlsFsm.Connection;

/// <summary>From the application's writes to the transport. Output never waits for input.</summary>
internal sealed class OutgoingFlow(
    Life life, CoreLink core, Downlink down, WriteBacklog backlog, ApplicationLink application, Ending ending, IEventLoop loop,
    SingleUse singleUse, TlsConnectionOptions options, ILogger log, Witness witness)
{
    // As asyncio's LOG_THRESHOLD_FOR_CONNLOST_WRITES: the first few writes after the end are a race, more are a bug.
    private const int DroppedWritesBeforeWarning = 5;

    private bool _isSendDue;
    private int _droppedWrites;

    public WaterMarks Marks { get; private set; } =
        WaterMarks.Resolve(options.WriteHighWaterMark, options.WriteLowWaterMark, WaterMarks.DefaultWriteKiB);

    /// <summary>Whether we have asked the application to pause.</summary>
    public bool IsApplicationPaused { get; set; }

    /// <summary>Told when the transport has taken all and takes more. One listener, which may write.</summary>
    public Action? Cleared { get; set; }

    /// <summary>Whether what is written now goes to the transport at once.</summary>
    public bool IsClear => !down.IsPaused && down.Pending == 0;

    /// <summary>Ciphertext and backlog; what the transport holds is the transport's to count.</summary>
    public int Size => down.Pending + backlog.Size;

    /// <summary>
    /// One write of the application; it becomes records of its own, unless <see cref="TlsConnectionOptions.CoalesceWrites"/> says
    /// otherwise.
    /// </summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        switch (life.Write)
        {
            case WriteState.Waiting:
                backlog.Append(data);
                break;
            case WriteState.Open or WriteState.KeptOpen when options.CoalesceWrites:
                backlog.Append(data);
                SendSoon();
                break;
            case WriteState.Open or WriteState.KeptOpen:
                if (EncryptBacklog() && Encrypt(data))
                    Flush();
                break;
            default:
                Drop();
                break;
        }
    }

    /// <summary>Several writes, handed to the transport together.</summary>
    public void WriteLines(ReadOnlyMemory<byte>[] lines)
    {
        if (!life.TakesWrites)
        {
            Drop();
            return;
        }

        foreach (var line in lines)
            backlog.Append(line.Span);
        if (life.Write != WriteState.Waiting)
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
        down.HandOver();
        CheckMark();
        if (Cleared is not null && IsClear)
            Cleared();
    }

    public void HandleTransportResumed()
    {
        if (!down.IsPaused)
            return;

        down.IsPaused = false;
        witness.Paused(TlsPauser.Transport, isReceiving: false, isPaused: false);
        if (life.Tls != TlsState.Unwrapped)
            Flush();
    }

    /// <summary>Half-close: all that was written goes out, and close_notify after it; reading goes on.</summary>
    public void CloseWrite()
    {
        var wasOpen = life.Write is WriteState.Open or WriteState.KeptOpen;
        life.Fire(WriteTrigger.WriteCloseRequested);
        if (!wasOpen || !EncryptBacklog())
            return;

        try
        {
            core.Core.CloseWrite();
        }
        catch (TlsException exception)
        {
            ending.Fail(exception);
            return;
        }

        Flush();
    }

    /// <exception cref="InvalidOperationException">Our direction is not open, or TLS 1.2, which has no KeyUpdate.</exception>
    public void UpdateKeys(bool requestPeer)
    {
        if (life.Write is not (WriteState.Open or WriteState.KeptOpen))
            throw new InvalidOperationException(
                $"{nameof(UpdateKeys)} needs state {TlsState.Wrapped} and an open write side; this connection is {life.Tls}, its write "
                + $"side {life.Write}.");

        try
        {
            core.Core.UpdateKeys(requestPeer);
        }
        catch (TlsException exception)
        {
            ending.Fail(exception);
            return;
        }

        Flush();
    }

    public void SetMarks(int? high, int? low)
    {
        Marks = WaterMarks.Resolve(high, low, WaterMarks.DefaultWriteKiB);
        CheckMark();
    }

    /// <summary>Small writes wait for the end of the loop's turn, to go together; a record's worth does not.</summary>
    private void SendSoon()
    {
        if (backlog.Size >= TlsRecordSize.Max)
        {
            SendBacklog();
            return;
        }

        if (!_isSendDue)
        {
            _isSendDue = true;
            loop.CallSoon(static self => ((OutgoingFlow)self!).SendDue(), this);
        }

        CheckMark();
    }

    private void SendDue()
    {
        using var use = singleUse.Enter();
        _isSendDue = false;
        if (life.Write is WriteState.Open or WriteState.KeptOpen)
            SendBacklog();
    }

    private void Drop()
    {
        if (++_droppedWrites > DroppedWritesBeforeWarning)
            LogMessages.WriteAfterClose(log);
    }

    private bool EncryptBacklog()
    {
        if (options.CoalesceWrites && !backlog.IsEmpty)
        {
            if (!Encrypt(backlog.All))
                return false;

            backlog.Clear();
        }

        while (!backlog.IsEmpty)
        {
            if (!Encrypt(backlog.First))
                return false;

            backlog.RemoveFirst();
        }

        return true;
    }

    private bool Encrypt(ReadOnlySpan<byte> data)
    {
        TlsException? failure = null;
        down.BeginDirect();
        try
        {
            core.Core.Write(data);
        }
        catch (TlsException exception)
        {
            failure = exception;
        }
        finally
        {
            down.EndDirect();
        }

        if (failure is not null)
            ending.Fail(failure);
        return failure is null;
    }

    /// <summary>Pauses the application over the high mark and resumes it at the low one; only while it knows of the connection.</summary>
    private void CheckMark()
    {
        // Before it is connected an application that knows of its connection (an upgrade) writes into the backlog.
        var isOver = life.Tls == TlsState.Unwrapped && down.Transport is not null;
        if (!life.IsApplicationTold || isOver)
            return;

        if (!IsApplicationPaused && Marks.IsOver(Size))
        {
            IsApplicationPaused = true;
            witness.Paused(TlsPauser.Engine, isReceiving: false, isPaused: true);
            application.TellPauseWriting();
        }
        else if (IsApplicationPaused && Marks.IsUnder(Size))
        {
            IsApplicationPaused = false;
            witness.Paused(TlsPauser.Engine, isReceiving: false, isPaused: false);
            application.TellResumeWriting();
        }
    }
}
