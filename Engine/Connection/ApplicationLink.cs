namespace TlsFsm.Connection;

/// <summary>
/// The way up: which protocol is bound, and what happens when it throws. An exception out of a callback is fatal and reported to
/// the unhandled-error hook; out of pause and resume, and of a message observer, it is reported only.
/// </summary>
internal sealed class ApplicationLink
{
    private readonly Life _life;
    private readonly IEventLoop _loop;
    private readonly SingleUse _singleUse;

    public ApplicationLink(Life life, IEventLoop loop, SingleUse singleUse, IProtocol application)
    {
        (_life, _loop, _singleUse) = (life, loop, singleUse);
        Bind(application);
    }

    /// <summary>What the application is given to write to.</summary>
    public ITransport Transport { get; set; } = null!;

    /// <summary>Told of an exception out of a callback that is fatal: what was thrown, and out of which.</summary>
    public Action<Exception, string>? Threw { get; set; }

    /// <summary>Told of an exception out of ConnectionMade, which whoever awaits the handshake is told too.</summary>
    public Action<Exception, string>? ThrewWhenMade { get; set; }

    public Action<TlsMessage>? MessageObserver { get; set; }

    public IProtocol Protocol { get; private set; } = null!;

    /// <summary>The bound protocol if it supplies its own buffers.</summary>
    public IBufferedProtocol? Buffered { get; private set; }

    /// <summary>Binds another protocol; it gets what is delivered from now on, and no ConnectionMade (<c>set_protocol</c>).</summary>
    public void Bind(IProtocol protocol)
    {
        Protocol = protocol;
        Buffered = protocol as IBufferedProtocol;
    }

    /// <summary>Tells the application of its connection, unless it knows of it. If it throws, that has ended the connection.</summary>
    public void TellConnectionMade()
    {
        var isUpgrade = _life.App == AppState.ConnectionMade;
        _life.Fire(AppTrigger.HandshakeCompleted);
        if (isUpgrade)
            return;

        try
        {
            Protocol.ConnectionMade(Transport);
        }
        catch (Exception exception)
        {
            ThrewWhenMade!(exception, "connection_made() failed");
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
            Threw!(exception, "data_received() failed");
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
            Threw!(exception, "get_buffer() failed");
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
            Threw!(exception, "buffer_updated() failed");
        }
    }

    /// <summary>Tells the application, once, that the peer sends no more.</summary>
    /// <returns>Whether it wants to keep the connection open.</returns>
    public bool TellEof()
    {
        if (_life.App != AppState.ConnectionMade)
            return false;

        _life.Fire(AppTrigger.EndReached);
        try
        {
            return Protocol.EofReceived();
        }
        catch (Exception exception)
        {
            Threw!(exception, "eof_received() failed");
            return false;
        }
    }

    /// <summary>Tells the application of the loss, on a turn of its own, if it was told of the connection.</summary>
    public void TellConnectionLost(Exception? exception)
    {
        var wasTold = _life.IsApplicationTold;
        _life.Fire(AppTrigger.TransportLost);
        if (wasTold)
            _loop.CallSoon(static state => ((Loss)state!).Tell(), new Loss(this, exception));
    }

    /// <summary>
    /// Shows the observer a message. It looks on from inside the core, so what it throws is reported later, and changes nothing.
    /// </summary>
    public void TellMessage(TlsMessage message)
    {
        _singleUse.IsShut = true;
        try
        {
            MessageObserver!(message);
        }
        catch (Exception exception)
        {
            _loop.CallSoon(state => _loop.ReportUnhandled((Exception)state!, "The message observer failed."), exception);
        }
        finally
        {
            _singleUse.IsShut = false;
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
            _loop.ReportUnhandled(exception, pause ? "pause_writing() failed" : "resume_writing() failed");
        }
    }

    private sealed class Loss(ApplicationLink application, Exception? exception)
    {
        // An exception here is the loop's to report: the connection is over.
        public void Tell() => application.Protocol.ConnectionLost(exception);
    }
}
