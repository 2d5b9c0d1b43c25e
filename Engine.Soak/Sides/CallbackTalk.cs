using TlsFsm.Soak.Plans;

namespace TlsFsm.Soak.Sides;

/// <summary>A server of callbacks, on the connection's loop: the same plan, without a task anywhere.</summary>
/// <param name="find">Whose connection it is: asked when it is made, because nobody can say before.</param>
internal sealed class CallbackTalk(Func<ITransport, (ConnectionPlan Plan, Ledger Ledger)?> find) : IProtocol
{
    private readonly byte[] _piece = new byte[4096];
    private TlsTransport? _transport;
    private ConnectionPlan _plan = null!;
    private Ledger? _ledger;
    private bool _isPaused;

    public void ConnectionMade(ITransport transport)
    {
        _transport = (TlsTransport)transport;
        if (find(transport) is not var (plan, ledger))
        {
            transport.Abort();
            return;
        }

        (_plan, _ledger) = (plan, ledger);
        if (plan.Life != Life.HalfClosedRequest)
            GoOn();
    }

    public void DataReceived(ReadOnlySpan<byte> data)
    {
        _ledger!.Take(data);
        CloseIfDone();
        if (_plan.Fault != WireFault.SlowReader || !_plan.TowardsServer || _transport!.IsClosing)
            return;

        // Slow by the loop's clock: paused until a moment later.
        _transport.PauseReading();
        _transport.Connection.Loop.CallLater(
            TimeSpan.FromMilliseconds(10 + (data.Length / 100)), static self => ((CallbackTalk)self!)._transport!.ResumeReading(), this);
    }

    public bool EofReceived()
    {
        // Behind our own close it tells no more than that nothing comes: in order or not.
        _ledger!.HasReadEnd |= !_transport!.IsClosing;
        if (_plan.Life == Life.HalfClosedRequest)
            GoOn();
        CloseIfDone();
        return true;
    }

    public void ConnectionLost(Exception? exception)
    {
        if (exception is not null)
            _ledger?.Fail(exception);
    }

    public void PauseWriting() => _isPaused = true;

    public void ResumeWriting()
    {
        _isPaused = false;
        GoOn();
        CloseIfDone();
    }

    private void GoOn()
    {
        while (!_isPaused && !_ledger!.HasSentAll && !_transport!.IsClosing)
        {
            var count = _ledger.Next(_piece);
            _transport.Write(_piece.AsSpan(0, count));
            _ledger.Wrote(count);
        }

        CloseIfDone();
    }

    private void CloseIfDone()
    {
        if (!_ledger!.HasSentAll || _transport!.IsClosing)
            return;

        if (_plan.Life == Life.BothHalfClose && !_ledger.HasClosed)
        {
            _ledger.HasClosed = true;
            _transport.WriteEof();
        }

        if (_plan.Life == Life.ServerCloses ? _ledger.HasReceivedAll : _ledger.HasReadEnd)
        {
            _ledger.HasClosed = true;
            _transport.Close();
        }
    }
}
