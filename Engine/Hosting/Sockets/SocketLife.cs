using System.Net.Sockets;
using TlsFsm.Hosting.Transports;

namespace TlsFsm.Hosting.Sockets;

/// <summary>
/// The life of a transport's socket: open, draining after a close, lingering until the peer has ended too, closed. Drives both directions,
/// and is told by them.
/// </summary>
internal sealed class SocketLife : ISocketEvents
{
    private readonly Socket _socket;
    private readonly IEventLoop _loop;
    private readonly ProtocolLink _link;
    private readonly SocketTransportOptions _options;
    private readonly ISocketHost? _host;
    private readonly object _peer;
    private Phase _phase;
    private bool _isEndSent;
    private IDisposable? _deadline;

    /// <summary>
    /// The socket refused output while the protocol could still read: what has arrived is delivered first, then the loss.
    /// </summary>
    private Exception? _failure;

    public SocketLife(
        Socket socket, IEventLoop loop, ProtocolLink link, SocketTransportOptions options, ISocketHost? host, object peer)
    {
        (_socket, _loop, _link, _options, _host, _peer) = (socket, loop, link, options, host, peer);
        Input = new SocketInput(socket, loop, link, options, this);
        Output = new SocketOutput(socket, loop, link, this);
    }

    public SocketInput Input { get; }

    public SocketOutput Output { get; }

    public bool IsClosing => _phase != Phase.Open;

    /// <summary>Tells the protocol of the connection, then reads.</summary>
    public void Begin()
    {
        if (_link.TellMade() && _phase == Phase.Open)
            Input.Start();
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        if (_phase != Phase.Open || _failure is not null || data.IsEmpty || !Output.Take(data))
            return;

        CheckWriteMarks();
        Output.SendSoon();
    }

    public void Close()
    {
        if (_phase != Phase.Open)
            return;

        if (_failure is { } failure)
        {
            Lose(failure);
            return;
        }

        _phase = Phase.Draining;
        if (Output.IsEmpty)
        {
            FinishOutput();
            return;
        }

        _deadline = DrainDeadline.AfterClose(_loop, Output.Progress, _options.DrainTimeout, OnDrainDeadline);
        Input.Discard();
    }

    public void Abort(Exception? reason)
    {
        if (_phase == Phase.Closed)
            return;

        _link.PostLoss(reason);
        if (reason is null || _failure is not null)
            Release(reset: true);
        else if (_phase != Phase.Lingering)
            Linger();
    }

    void ISocketEvents.InputEnded()
    {
        if (!_link.TellEof())
            Close();
    }

    void ISocketEvents.InputFailed(SocketError error)
    {
        if (_phase == Phase.Lingering)
            Release(reset: false);
        else if (_failure is { } failure)
            Lose(failure);
        else
            Lose(error, "receiving");
    }

    void ISocketEvents.InputIsOver() => Lose(_failure!);

    void ISocketEvents.InputDiscarded()
    {
        if (_phase == Phase.Lingering && _isEndSent)
            Release(reset: false);
    }

    void ISocketEvents.OutputFailed(SocketError error)
    {
        switch (_phase)
        {
            case Phase.Open when _failure is null && Input.CanDeliver:
                // A peer that refuses us may have said why (an alert) before it went: that is still to be read.
                _failure = Describe(error, "sending");
                Output.Drop();
                Input.DeliverLastWords();
                break;
            case Phase.Open or Phase.Draining:
                Lose(error, "sending");
                break;
            case Phase.Lingering:
                Release(reset: false);
                break;
        }
    }

    void ISocketEvents.OutputMoved()
    {
        if (Output.TakeProgress())
            _link.TellProgress();

        CheckWriteMarks();
        if (!Output.IsEmpty)
            return;

        if (_phase == Phase.Draining)
            FinishOutput();
        else if (_phase == Phase.Lingering && !_isEndSent)
            FinishLastWords();
    }

    private void CheckWriteMarks()
    {
        if (_failure is null)
            _link.CheckMarks(Output.Waiting, mayPause: _phase == Phase.Open);
    }

    private void Lose(SocketError error, string activity) => Lose(Describe(error, activity));

    /// <summary>The connection is gone by itself.</summary>
    private void Lose(Exception reason)
    {
        _link.PostLoss(reason);
        Release(reset: false);
    }

    private void OnDrainDeadline()
    {
        _link.PostLoss(DrainDeadline.Explain($"{_peer}", Output.Waiting, _options.DrainTimeout));
        Release(reset: true);
    }

    /// <summary>
    /// The protocol is done with; what remains is to get output and end of stream to the peer, within limits: the output as long as it
    /// moves, then the peer's end for the linger's time.
    /// </summary>
    private void Linger()
    {
        _phase = Phase.Lingering;
        Output.Send();
        if (_phase != Phase.Lingering)
            return;

        _deadline?.Dispose();
        if (Output.IsEmpty)
            FinishLastWords();
        else
            _deadline = DrainDeadline.AfterAbort(_loop, Output.Progress, _options, () => Release(reset: false));
        if (_phase == Phase.Lingering)
            Input.Discard();
    }

    /// <summary>All that was written has gone out after a <see cref="Close"/>.</summary>
    private void FinishOutput()
    {
        _link.PostLoss(null);
        Linger();
    }

    /// <summary>Nothing waits any more: our end of stream, and a while for the peer's.</summary>
    private void FinishLastWords()
    {
        _deadline?.Dispose();
        _deadline = _loop.CallLater(_options.LingerTimeout, static self => ((SocketLife)self!).Release(reset: false), this);
        SendEndOfStream();
    }

    private void SendEndOfStream()
    {
        _isEndSent = true;
        if (!_socket.TryEnd())
        {
            Release(reset: false);
            return;
        }

        if (Input.HasDiscardedEnough || _options.LingerTimeout == TimeSpan.Zero)
            Release(reset: false);
    }

    private void Release(bool reset)
    {
        if (_phase == Phase.Closed)
            return;

        _phase = Phase.Closed;
        _deadline?.Dispose();
        _deadline = null;
        if (reset)
            _socket.Close(0);
        else
            _socket.Dispose();

        Input.Release();
        Output.Release();
        _host?.SocketReleased();
    }

    private IOException Describe(SocketError error, string activity)
    {
        var cause = new SocketException((int)error);
        return new IOException($"The connection with {_peer} was lost while {activity}: {cause.Message} ({error}).", cause);
    }

    private enum Phase
    {
        Open,

        /// <summary>Closed by the protocol, and output still waits.</summary>
        Draining,

        /// <summary>
        /// The protocol knows or will know next turn; output goes on as far as it can, then our end of stream, then we wait for the peer's.
        /// </summary>
        Lingering,

        /// <summary>The socket is closed.</summary>
        Closed,
    }
}
