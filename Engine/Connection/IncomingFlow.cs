using System.Buffers;
using TlsFsm.Buffers;
using TlsFsm.Connection.Telemetry;
using TlsFsm.Core;
using TlsFsm.Core.Records;

namespace TlsFsm.Connection;

/// <summary>From the transport's bytes to the application's data.</summary>
internal sealed class IncomingFlow(
    Life life, CoreLink core, Downlink down, ApplicationLink application, OutgoingFlow outgoing, Ending ending,
    TlsConnectionOptions options, Witness witness)
{
    private bool _isTransportPaused;
    private bool _hasMoreForBuffer;
    private bool _wantsMore;
    private int _recordsLeft;

    public WaterMarks Marks { get; private set; } =
        WaterMarks.Resolve(options.ReadHighWaterMark, options.ReadLowWaterMark, WaterMarks.DefaultReadKiB);

    /// <summary>Whether the application has paused reading.</summary>
    public bool IsApplicationPaused { get; private set; }

    /// <summary>Told when the peer's close_notify was read, and all before it delivered.</summary>
    public Action? CloseNotifyRead { get; set; }

    /// <summary>Told when reading goes on at a later turn.</summary>
    public Action? GoesOnLater { get; set; }

    /// <summary>All that the ended stream left behind is delivered.</summary>
    public bool IsRestDelivered => !IsApplicationPaused && _wantsMore;

    /// <summary>
    /// Bytes were put into the BIO's free space. Where nobody will read them they are dropped.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <param name="isKept">They stand behind the peer's close_notify, and another protocol waits for them.</param>
    /// <returns>Whether there is something to go on with.</returns>
    public bool TakeArrival(int count, bool isKept)
    {
        var bio = core.Incoming;
        if (!isKept && (life.Tls == TlsState.Unwrapped || life.HasPeerEnded || life.Read is ReadState.Unanswered or ReadState.Failed))
        {
            if (bio.Pending == 0)
                bio.Clear();
            return false;
        }

        bio.Commit(count);
        if (bio.Pending > options.Limits.MaxBufferedBytes)
        {
            ending.Fail(new TlsException(
                $"The transport goes on delivering, though it was asked to pause: more bytes wait than "
                + $"{nameof(TlsLimits.MaxBufferedBytes)} ({options.Limits.MaxBufferedBytes}) allows.",
                CloseReason.Failed, TlsFault.Network)
            {
                Limit = nameof(TlsLimits.MaxBufferedBytes),
            });
            return false;
        }

        if (!isKept)
            return true;

        if (!_isTransportPaused)
            PauseTransport();

        return false;
    }

    /// <summary>
    /// One pass: delivers what there is (unless paused), hands over output, looks at the mark. At most one delivery, so that
    /// the application can pause, close or abort between any two; a reader of records is our own, and gets a few.
    /// </summary>
    public void ReadPass()
    {
        _hasMoreForBuffer = false;
        _wantsMore = false;
        _recordsLeft = application.Buffered is IRecordReader ? RecordsPerPass : 1;
        while (_recordsLeft > 0 && !IsApplicationPaused && life.Delivers)
        {
            _recordsLeft--;
            DeliverOnce();
            if (!_hasMoreForBuffer)
                break;
        }

        if (life.Tls == TlsState.Unwrapped)
            return;

        outgoing.SendBacklog();

        // Where the pass has met the end of the peer's direction, and with it the shutdown, nothing more is read: no mark counts.
        if (life.Tls != TlsState.Shutdown || life.IsDiscarding)
            CheckMark();
    }

    /// <summary>
    /// The transport is gone: what it had brought is delivered, all of it, paused or not, to an application that keeps it for its reader.
    /// </summary>
    public void DeliverRest()
    {
        down.IsPaused = true;
        IsApplicationPaused = false;
        do
            DeliverOnce();
        while (_hasMoreForBuffer && life.Delivers);
    }

    public void Pause()
    {
        if (!IsApplicationPaused)
            witness.Paused(TlsPauser.Application, isReceiving: true, isPaused: true);
        IsApplicationPaused = true;
    }

    public void Resume()
    {
        if (!IsApplicationPaused)
            return;

        IsApplicationPaused = false;
        witness.Paused(TlsPauser.Application, isReceiving: true, isPaused: false);
        GoesOnLater!();
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
        if (life.Tls == TlsState.Unwrapped)
            return;

        var waitsForApplication = life.Read == ReadState.Deciding || life.IsHeld
            || (life.Tls is TlsState.Wrapped or TlsState.Flushing && !life.IsDiscarding && (IsApplicationPaused || _hasMoreForBuffer));
        if (!_isTransportPaused && waitsForApplication && Marks.IsOver(core.Incoming.Pending))
        {
            PauseTransport();
        }
        else if (_isTransportPaused && (!waitsForApplication || Marks.IsUnder(core.Incoming.Pending)))
        {
            _isTransportPaused = false;
            witness.Paused(TlsPauser.Engine, isReceiving: true, isPaused: false);
            down.Transport!.ResumeReading();
        }
    }

    private void PauseTransport()
    {
        _isTransportPaused = true;
        witness.Paused(TlsPauser.Engine, isReceiving: true, isPaused: true);
        down.Transport!.PauseReading();
    }

    private void DeliverOnce()
    {
        _hasMoreForBuffer = false;
        if (application.Buffered is { } buffered)
            ReadIntoBuffer(buffered);
        else
            ReadAll();
    }

    /// <summary>A streaming protocol: everything there is, in one delivery.</summary>
    private void ReadAll()
    {
        // Plaintext is never longer than its ciphertext, so this is room for all of it.
        var buffer = ArrayPool<byte>.Shared.Rent(core.Incoming.Pending + core.Core.PendingPlaintext + 1);
        try
        {
            var status = Fill(buffer, isOfRecords: false, out var count, out var failure);
            if (count > 0)
                application.TellData(buffer.AsSpan(0, count));
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
        TlsException? failure = null;
        var status = CoreStatus.Done;

        // What is at the front is data most of the time, and then goes to its place without a stop.
        var expected = protocol is IRecordReader && core.Core.PendingPlaintext == 0 ? RecordHeader.SizeOfData(core.Incoming.Readable) : 0;
        if (expected == 0)
            status = Fill(default, isOfRecords: false, out _, out failure);
        if (status == CoreStatus.Done && failure is null)
        {
            var buffer = application.AskForBuffer(protocol, Math.Max(expected, core.Core.PendingPlaintext)).Span;
            // It may have closed or aborted when it was asked.
            if (buffer.IsEmpty || !life.Delivers)
                return;

            status = Fill(buffer, isOfRecords: expected > 0, out var count, out failure);
            if (count == buffer.Length || (status == CoreStatus.Done && failure is null))
            {
                _hasMoreForBuffer = true;
                if (_recordsLeft == 0)
                    GoesOnLater!();
            }

            if (count > 0)
                application.TellBufferUpdated(protocol, count);
            else if (protocol is IRecordReader reader)
                reader.BufferUnused();
        }

        AfterDelivery(status, failure);
    }

    /// <summary>
    /// Reads until the destination is full or nothing more is at hand. A failure is kept for after the delivery of what was authenticated
    /// before it.
    /// </summary>
    /// <param name="destination">Where to.</param>
    /// <param name="isOfRecords">
    /// It is full when the record at the front finds no room for all of itself: that one is opened to the next, where a part of it here
    /// would have all of it copied.
    /// </param>
    /// <param name="count">How many bytes.</param>
    /// <param name="failure">What was met behind them.</param>
    private CoreStatus Fill(Span<byte> destination, bool isOfRecords, out int count, out TlsException? failure)
    {
        count = 0;
        failure = null;
        try
        {
            CoreStatus status;
            do
            {
                status = core.Core.Read(destination[count..], out var read);
                count += read;
            }
            while (status == CoreStatus.Done && count < destination.Length
                && !(isOfRecords && count > 0 && RecordHeader.SizeOfData(core.Incoming.Readable) > destination.Length - count));

            _wantsMore = status == CoreStatus.WantRead;
            return status;
        }
        catch (TlsException exception)
        {
            life.Fire(ReadTrigger.RecordRefused);
            failure = exception;
            return CoreStatus.Done;
        }
    }

    private void AfterDelivery(CoreStatus status, TlsException? failure)
    {
        if (failure is not null)
            ending.Fail(failure);
        else if (status == CoreStatus.EndOfStream && life.Delivers)
            CloseNotifyRead!();
    }

    /// <summary>
    /// As much as a transport hands over at once. With less the bytes of a quick peer would wait here instead of there, and be moved again
    /// and again.
    /// </summary>
    private const int RecordsPerPass = 4;
}
