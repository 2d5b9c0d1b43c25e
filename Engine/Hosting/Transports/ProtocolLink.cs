using System.Runtime.CompilerServices;
using TlsFsm.Buffers;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Hosting.Transports;

/// <summary>
/// What every transport does with its protocol: a call that throws is reported and ends the connection, pause and resume alternate at
/// the marks, the loss is told once and on a turn of its own.
/// </summary>
/// <param name="transport">What the protocol is given.</param>
/// <param name="loop">Where all happens.</param>
/// <param name="protocol">Who is told.</param>
/// <param name="marks">Over and under which the protocol pauses and resumes writing.</param>
/// <param name="peer">What messages call the other side; made a text only where one is needed.</param>
internal sealed class ProtocolLink(ITransport transport, IEventLoop loop, IProtocol protocol, WaterMarks marks, object peer)
{
    private Exception? _lossReason;

    public IProtocol Protocol { get; set; } = protocol;

    /// <summary>Whether the protocol was asked to pause writing, and not yet to resume.</summary>
    public bool IsWritingPaused { get; private set; }

    /// <summary>Whether the protocol knows of the loss, or will on a later turn.</summary>
    public bool IsLossPosted { get; private set; }

    /// <summary>Who wants to know that output which had to wait has moved.</summary>
    public Action? Progressed { get; set; }

    /// <summary>Called after the protocol was told of the loss.</summary>
    public Action? Ended { get; init; }

    /// <summary>Whether this much output is over the high mark.</summary>
    public bool IsOver(long waiting) => marks.IsOver(waiting);

    /// <returns>Whether the protocol did not throw.</returns>
    public bool TellMade()
    {
        try
        {
            Protocol.ConnectionMade(transport);
            return true;
        }
        catch (Exception exception)
        {
            Fail(exception, nameof(IProtocol.ConnectionMade));
            return false;
        }
    }

    public void Deliver(ReadOnlySpan<byte> data)
    {
        try
        {
            Protocol.DataReceived(data);
        }
        catch (Exception exception)
        {
            Fail(exception, nameof(IProtocol.DataReceived));
        }
    }

    /// <returns>Whether the protocol keeps the connection open.</returns>
    public bool TellEof()
    {
        try
        {
            return Protocol.EofReceived();
        }
        catch (Exception exception)
        {
            Fail(exception, nameof(IProtocol.EofReceived));
            return false;
        }
    }

    /// <summary>Output that had to wait has moved. Whoever measures a deadline by it may end the connection in this very call.</summary>
    public void TellProgress()
    {
        if (IsLossPosted || Progressed is not { } progressed)
            return;

        try
        {
            progressed();
        }
        catch (Exception exception)
        {
            Fail(exception, nameof(IDrainingTransport.Progressed));
        }
    }

    /// <summary>A callback threw: that is reported, and the connection ends.</summary>
    public void Fail(Exception exception, string callback)
    {
        loop.Report(exception, $"{Protocol.GetType().Name}.{callback} threw; the connection with {peer} is aborted.");
        transport.Abort(exception);
    }

    /// <summary>Asks for a pause over the high mark, if the transport still takes output, and for a resume at the low one.</summary>
    public void CheckMarks(long waiting, bool mayPause)
    {
        if (IsLossPosted)
            return;

        if (!IsWritingPaused && mayPause && marks.IsOver(waiting))
        {
            IsWritingPaused = true;
            Tell(static protocol => protocol.PauseWriting(), nameof(IProtocol.PauseWriting));
        }
        else if (IsWritingPaused && marks.IsUnder(waiting))
        {
            IsWritingPaused = false;
            Tell(static protocol => protocol.ResumeWriting(), nameof(IProtocol.ResumeWriting));
        }
    }

    /// <summary>Tells the loss on a later turn. Only the first reason counts.</summary>
    public void PostLoss(Exception? reason)
    {
        if (IsLossPosted)
            return;

        IsLossPosted = true;
        _lossReason = reason;
        loop.CallSoon(static self => ((ProtocolLink)self!).TellLost(), this);
    }

    /// <summary>To be asked before anything is changed: a call that is refused has done nothing.</summary>
    /// <exception cref="InvalidOperationException">The caller is not on the loop, where the transport's members belong.</exception>
    public void VerifyOnLoop([CallerMemberName] string member = "")
    {
        if (!loop.IsOnLoop)
            throw new InvalidOperationException(
                $"{member} must be called on the connection's event loop; from elsewhere post it with {nameof(IEventLoop.CallSoon)}.");
    }

    private void TellLost()
    {
        try
        {
            Protocol.ConnectionLost(_lossReason);
        }
        catch (Exception exception)
        {
            loop.Report(
                exception, $"{Protocol.GetType().Name}.{nameof(IProtocol.ConnectionLost)} threw; the connection with {peer} had ended.");
        }

        Ended?.Invoke();
    }

    /// <summary>As in the seed's world, an exception from flow control is reported and the connection goes on.</summary>
    private void Tell(Action<IProtocol> call, string name)
    {
        try
        {
            call(Protocol);
        }
        catch (Exception exception)
        {
            loop.Report(exception, $"{Protocol.GetType().Name}.{name} threw; the connection with {peer} goes on.");
        }
    }
}
