namespace TlsFsm.Connection;

/// <summary>
/// The way up: which protocol is bound, and what happens when it throws. An exception out of a callback is fatal and reported to
/// the unhandled-error hook; out of pause and resume, and of a message observer, it is reported only.
/// </summary>
internal sealed class ApplicationLink
{
    private readonly TlsConnection _connection;

    public ApplicationLink(TlsConnection connection, IProtocol application)
    {
        _connection = connection;
        Bind(application);
    }

    public IProtocol Protocol { get; private set; } = null!;

    /// <summary>The bound protocol if it supplies its own buffers.</summary>
    public IBufferedProtocol? Buffered { get; private set; }

    /// <summary>Whether the application was told of the connection and not yet of its loss.</summary>
    public bool IsTold => _connection.AppState is AppState.ConnectionMade or AppState.Eof;

    /// <summary>Binds another protocol; it gets what is delivered from now on, and no ConnectionMade (<c>set_protocol</c>).</summary>
    public void Bind(IProtocol protocol)
    {
        Protocol = protocol;
        Buffered = protocol as IBufferedProtocol;
    }

    /// <returns>False if it threw, which has ended the connection.</returns>
    public bool TellConnectionMade()
    {
        var isUpgrade = _connection.AppState == AppState.ConnectionMade;
        _connection.Fire(AppTrigger.HandshakeCompleted);
        if (isUpgrade)
            return true;

        try
        {
            Protocol.ConnectionMade(_connection.Transport);
            return true;
        }
        catch (Exception exception)
        {
            _connection.Ending.FailByApplication(exception, "connection_made() failed", failsHandshake: true);
            return false;
        }
    }

    public void TellData(ReadOnlySpan<byte> data)
    {
        try
        {
            Protocol.DataReceived(data);
        }
        catch (Exception exception)
        {
            _connection.Ending.FailByApplication(exception, "data_received() failed");
        }
    }

    /// <summary>A buffer for bytes at hand; empty if the application threw or broke the contract, which has ended the connection.</summary>
    public Memory<byte> AskForBuffer(IBufferedProtocol protocol, int sizeHint)
    {
        try
        {
            var buffer = protocol.GetBuffer(sizeHint);
            if (buffer.IsEmpty)
                throw new InvalidOperationException(
                    $"{protocol.GetType().Name}.{nameof(IBufferedProtocol.GetBuffer)} returned an empty buffer.");

            return buffer;
        }
        catch (Exception exception)
        {
            _connection.Ending.FailByApplication(exception, "get_buffer() failed");
            return default;
        }
    }

    public void TellBufferUpdated(IBufferedProtocol protocol, int count)
    {
        try
        {
            protocol.BufferUpdated(count);
        }
        catch (Exception exception)
        {
            _connection.Ending.FailByApplication(exception, "buffer_updated() failed");
        }
    }

    /// <summary>Tells the application, once, that the peer sends no more.</summary>
    /// <returns>Whether it wants to keep the connection open.</returns>
    public bool TellEof()
    {
        if (_connection.AppState != AppState.ConnectionMade)
            return false;

        _connection.Fire(AppTrigger.EndReached);
        try
        {
            return Protocol.EofReceived();
        }
        catch (Exception exception)
        {
            _connection.Ending.FailByApplication(exception, "eof_received() failed");
            return false;
        }
    }

    /// <summary>Tells the application of the loss, on a turn of its own, if it was told of the connection.</summary>
    public void TellConnectionLost(Exception? exception)
    {
        var wasTold = IsTold;
        _connection.Fire(AppTrigger.TransportLost);
        if (wasTold)
            _connection.Loop.CallSoon(static state => ((Loss)state!).Tell(), new Loss(_connection, exception));
    }

    /// <summary>
    /// Shows the observer a message. It looks on from inside the core, so what it throws is reported later, and changes nothing.
    /// </summary>
    public void TellMessage(TlsMessage message)
    {
        _connection.SingleUse.IsShut = true;
        try
        {
            _connection.MessageObserver!(message);
        }
        catch (Exception exception)
        {
            var loop = _connection.Loop;
            loop.CallSoon(state => loop.ReportUnhandled((Exception)state!, "The message observer failed."), exception);
        }
        finally
        {
            _connection.SingleUse.IsShut = false;
        }
    }

    public void TellPauseWriting() => TellFlowControl(pause: true);

    public void TellResumeWriting() => TellFlowControl(pause: false);

    private void TellFlowControl(bool pause)
    {
        try
        {
            if (pause)
                Protocol.PauseWriting();
            else
                Protocol.ResumeWriting();
        }
        catch (Exception exception)
        {
            _connection.Loop.ReportUnhandled(exception, pause ? "pause_writing() failed" : "resume_writing() failed");
        }
    }

    private sealed class Loss(TlsConnection connection, Exception? exception)
    {
        // An exception here is the loop's to report: the connection is over.
        public void Tell() => connection.Application.Protocol.ConnectionLost(exception);
    }
}
