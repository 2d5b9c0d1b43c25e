using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Replay;
using TlsFsm.Core.Records;


namespace TlsFsm;

// The handshake: its steps, what it waits for, and how it is gone through again with a signature that came late.
public sealed partial class BouncyCastleCore
{
    /// <inheritdoc/>
    public CoreStatus StepHandshake()
    {
        ThrowIfUnusable();
        if (!PassGate())
            return CoreStatus.WantDecision;
        if (!_hasBegun && Choose() is var status and not CoreStatus.Done)
            return status;

        Begin();
        while (!_conduct.IsEstablished)
        {
            if (!TakeRecord())
                return CoreStatus.WantRead;
            if (!PassGate())
                return CoreStatus.WantDecision;
        }

        _tape?.Erase();
        _tape = null;
        return CoreStatus.Done;
    }

    /// <inheritdoc/>
    public Action? WhenDecided
    {
        get => _gate.WhenDecided;
        set => _gate.WhenDecided = value;
    }

    /// <inheritdoc/>
    public TlsHandshakePhase HandshakePhase => (_hasBegun, _hasReceived, _conduct.IsEstablished) switch
    {
        (_, _, true) => TlsHandshakePhase.Finished,
        (false, _, _) => TlsHandshakePhase.NotStarted,
        (_, false, _) => TlsHandshakePhase.AwaitingHello,
        _ => _endpoint.IsNegotiated ? TlsHandshakePhase.Authenticating : TlsHandshakePhase.Negotiating,
    };

    /// <inheritdoc/>
    public void SendAlert(TlsAlert alert)
    {
        ThrowIfUnusable();
        var refusal = new TlsException(
            $"The application has refused the peer with the alert {Faults.Name(alert)}.", CloseReason.LocalAbort, TlsFault.None, alert);
        if (_tape is { IsRerunDue: true })
            RefuseAtSignature(_tape, refusal);
        else
            Refused(refusal);

        // Where this was called from inside of a step, BouncyCastle goes on with the rest of it. Nothing of that leaves.
        _watch?.End();
    }

    /// <summary>
    /// What waits for its signature has not left, so the peer has no keys for an alert behind it: the handshake is gone through again up to
    /// there.
    /// </summary>
    private void RefuseAtSignature(HandshakeTape tape, TlsException refusal)
    {
        _gate.Withdraw();
        tape.Refuse(refusal);
        try
        {
            Rerun(tape);
        }
        catch (TlsException)
        {
            // The refusal, as it was meant; or the handshake did not repeat itself, and there is no alert that the peer could read.
        }
    }

    private void Begin()
    {
        if (_hasBegun)
            return;

        _hasBegun = true;
        Run(static endpoint => endpoint.Begin());
    }

    /// <summary>A server that chooses its options by ClientHello has not begun before it has chosen.</summary>
    private CoreStatus Choose()
    {
        try
        {
            if (_selection?.Step(_incoming!) == CoreStatus.WantRead)
                return CoreStatus.WantRead;
        }
        catch (TlsException refusal)
        {
            throw Refused(refusal);
        }

        return PassGate() ? CoreStatus.Done : CoreStatus.WantDecision;
    }

    /// <summary>Uses decisions that are in, and goes on with what waited for them.</summary>
    /// <returns>False when one is awaited.</returns>
    private bool PassGate()
    {
        while (_gate.IsShut || _gate.HasHeld)
        {
            if (_gate.IsWaiting)
                return false;

            try
            {
                if (_gate.IsShut)
                    _gate.Open();
            }
            catch (TlsException refusal) when (_tape is { IsRerunDue: true })
            {
                _tape.Refuse(refusal);
            }
            catch (TlsException refusal)
            {
                throw Refused(refusal);
            }

            if (_gate.IsShut)
                continue;
            if (_tape is { IsRerunDue: true })
                Rerun(_tape);
            else if (_gate.HasHeld)
                Run(static endpoint => endpoint.Resume());
        }

        return true;
    }

    /// <summary>Goes through the handshake again, with a signature that was not there the first time. Sends what is new.</summary>
    private void Rerun(HandshakeTape tape)
    {
        tape.Rewind();
        _crypto.Dispose();
        _endpoint.Forget();
        _watch?.BeginReplay();
        Make();
        try
        {
            _endpoint.Begin();
            foreach (var record in tape.Records)
            {
                var copy = (byte[])record.Clone();
                _conduct.BeginRecord(new RecordHeader(copy[0], copy.Length - RecordHeader.Size), copy.AsSpan(RecordHeader.Size));
                _endpoint.Protocol.OfferInput(copy, 0, copy.Length);
                _conduct.EndRecord(0);
            }
        }
        catch (Exception e)
        {
            _failure = Faults.From(e, isOfInput: true);
        }

        _watch?.EndReplay();
        var output = new byte[_endpoint.Output.Available];
        _endpoint.Output.RemoveData(output, 0);
        try
        {
            var added = tape.NewPartOf(output);
            _outgoing!.Write(added);
            tape.Sent(added);
            _watch?.Leave();
        }
        catch (TlsException fault)
        {
            _failure ??= fault;
        }

        if (_failure is not null)
            throw _failure;
    }
}
