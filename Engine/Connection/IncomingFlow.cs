using System.Buffers;
using TlsFsm.Buffers;

namespace TlsFsm.Connection;

/// <summary>From the transport's bytes to the application's data.</summary>
internal sealed class IncomingFlow
{
    private readonly TlsConnection _connection;
    private bool _isTransportPaused;
    private bool _hasMoreForBuffer;
    private bool _wantsMore;

    public IncomingFlow(TlsConnection connection)
    {
        _connection = connection;
        Marks = WaterMarks.Resolve(connection.Options.ReadHighWaterMark, connection.Options.ReadLowWaterMark, WaterMarks.DefaultReadKiB);
    }

    /// <summary>Ciphertext that was received and not yet decrypted.</summary>
    public MemoryBio Bio { get; } = new();

    public WaterMarks Marks { get; private set; }

    /// <summary>Whether the application has paused reading.</summary>
    public bool IsApplicationPaused { get; private set; }

    /// <summary>A bad record was met: nothing more is read, and a close in the last delivery changes nothing.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>
    /// All that was received is delivered, or is to be discarded: the peer's close_notify was read, the application has closed, or its
    /// stream has ended and what it left is delivered.
    /// </summary>
    public bool IsFlushed =>
        _connection.ShutdownFlow.IsClosedByApplication
        || _connection.Core.IsCloseNotifyReceived
        || (_connection.ShutdownFlow.IsStreamEnded && !IsApplicationPaused && _wantsMore);

    /// <summary>
    /// Bytes were put into <see cref="Bio"/>'s free space: does all that they allow. Where nobody will read them they are dropped.
    /// </summary>
    public void HandleArrival(int count)
    {
        var isKept = _connection.HandoverFlow.Keeps;
        if (!isKept && (_connection.State == TlsState.Unwrapped || _connection.ShutdownFlow.IsPeerDone
            || _connection.Core.IsCloseNotifyReceived))
        {
            if (Bio.Pending == 0)
                Bio.Clear();
            return;
        }

        Bio.Commit(count);
        if (Bio.Pending > _connection.Options.Limits.MaxBufferedBytes)
        {
            _connection.Ending.Fail(new TlsException(
                $"The transport goes on delivering, though it was asked to pause: more bytes wait than "
                + $"{nameof(TlsLimits.MaxBufferedBytes)} ({_connection.Options.Limits.MaxBufferedBytes}) allows.",
                CloseReason.Failed, TlsFault.Network));
            return;
        }

        if (isKept)
        {
            _connection.Lower!.PauseReading();
            return;
        }

        switch (_connection.State)
        {
            case TlsState.DoHandshake:
                _connection.HandshakeFlow.Step();
                break;
            case TlsState.Wrapped:
                ReadPass();
                break;
            case TlsState.Flushing:
                _connection.ShutdownFlow.Flush();
                break;
            case TlsState.Shutdown:
                _connection.ShutdownFlow.HandleLateArrival(count);
                break;
        }
    }

    /// <summary>
    /// One pass: delivers what there is (unless paused), hands over output, looks at the mark. At most one delivery, so that
    /// the application can pause, close or abort between any two.
    /// </summary>
    public void ReadPass()
    {
        _hasMoreForBuffer = false;
        _wantsMore = false;
        if (!IsApplicationPaused && !_connection.HandoverFlow.IsHeld && !_connection.ShutdownFlow.IsClosedByApplication)
        {
            if (_connection.Application.Buffered is { } buffered)
                ReadIntoBuffer(buffered);
            else
                ReadAll();
        }

        if (_connection.State == TlsState.Unwrapped)
            return;

        _connection.Outgoing.SendBacklog();
        CheckMark();
    }

    public void Pause() => IsApplicationPaused = true;

    public void Resume()
    {
        if (!IsApplicationPaused)
            return;

        IsApplicationPaused = false;
        _connection.ContinueSoon();
    }

    public void SetMarks(int? high, int? low)
    {
        Marks = WaterMarks.Resolve(high, low, WaterMarks.DefaultReadKiB);
        CheckMark();
    }

    /// <summary>
    /// Pauses the transport over the high mark and resumes it at the low one; never pauses it while we ourselves wait for bytes.
    /// </summary>
    public void CheckMark()
    {
        if (_connection.State == TlsState.Unwrapped)
            return;

        var waitsForApplication =
            _connection.HandshakeFlow.IsAwaitingDecision || (_connection.State is TlsState.Wrapped or TlsState.Flushing
            && !_connection.ShutdownFlow.IsClosedByApplication
            && (IsApplicationPaused || _connection.HandoverFlow.IsHeld || _hasMoreForBuffer));
        if (!_isTransportPaused && waitsForApplication && Marks.IsOver(Bio.Pending))
        {
            _isTransportPaused = true;
            _connection.Lower!.PauseReading();
        }
        else if (_isTransportPaused && (!waitsForApplication || Marks.IsUnder(Bio.Pending)))
        {
            _isTransportPaused = false;
            _connection.Lower!.ResumeReading();
        }
    }

    /// <summary>A streaming protocol: everything there is, in one delivery.</summary>
    private void ReadAll()
    {
        // Plaintext is never longer than its ciphertext, so this is room for all of it.
        var buffer = ArrayPool<byte>.Shared.Rent(Bio.Pending + _connection.Core.PendingPlaintext + 1);
        try
        {
            var status = Fill(buffer, out var count, out var failure);
            if (count > 0)
                _connection.Application.TellData(buffer.AsSpan(0, count));
            AfterDelivery(status, failure);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// A buffered protocol: one buffer full; if there may be more, on the next turn. Asked for a buffer only when there is something to put
    /// into it.
    /// </summary>
    private void ReadIntoBuffer(IBufferedProtocol protocol)
    {
        var status = Fill(default, out _, out var failure);
        if (status == CoreStatus.Done && failure is null)
        {
            var buffer = _connection.Application.AskForBuffer(protocol, _connection.Core.PendingPlaintext).Span;
            if (buffer.IsEmpty || _connection.State == TlsState.Unwrapped)
                return;

            status = Fill(buffer, out var count, out failure);
            if (count == buffer.Length)
            {
                _hasMoreForBuffer = true;
                _connection.ContinueSoon();
            }

            if (count > 0)
                _connection.Application.TellBufferUpdated(protocol, count);
        }

        AfterDelivery(status, failure);
    }

    /// <summary>
    /// Reads until the destination is full or nothing more is at hand. A failure is kept for after the delivery of what was authenticated
    /// before it.
    /// </summary>
    private CoreStatus Fill(Span<byte> destination, out int count, out TlsException? failure)
    {
        count = 0;
        failure = null;
        try
        {
            CoreStatus status;
            do
            {
                status = _connection.Core.Read(destination[count..], out var read);
                count += read;
            }
            while (status == CoreStatus.Done && count < destination.Length);

            _wantsMore = status == CoreStatus.WantRead;
            return status;
        }
        catch (TlsException exception)
        {
            HasFailed = true;
            failure = exception;
            return CoreStatus.Done;
        }
    }

    private void AfterDelivery(CoreStatus status, TlsException? failure)
    {
        if (_connection.State == TlsState.Unwrapped)
            return;

        if (failure is not null)
            _connection.Ending.Fail(failure);
        else if (status == CoreStatus.EndOfStream)
            _connection.ShutdownFlow.HandleCloseNotify();
    }
}
