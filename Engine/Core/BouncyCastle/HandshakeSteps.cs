using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Replay;
using TlsFsm.Core.Records;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>
/// The handshake: its steps, what it waits for, and how it is gone through again with a signature that came late.
/// </summary>
internal sealed class HandshakeSteps(LibraryLink link, RecordPump pump)
{
    /// <summary>How far it has come.</summary>
    public TlsHandshakePhase Phase => (link.HasBegun, pump.HasReceived, link.Parts.Conduct.IsEstablished) switch
    {
        (_, _, true) => TlsHandshakePhase.Finished,
        (false, _, _) => TlsHandshakePhase.NotStarted,
        (_, false, _) => TlsHandshakePhase.AwaitingHello,
        _ => link.Parts.Endpoint.IsNegotiated ? TlsHandshakePhase.Authenticating : TlsHandshakePhase.Negotiating,
    };

    /// <summary>Goes on, as far as what came and what was decided allow.</summary>
    public CoreStatus Step()
    {
        if (!PassGate())
            return CoreStatus.WantDecision;

        link.Begin();
        while (!link.Parts.Conduct.IsEstablished)
        {
            if (!pump.TakeRecord())
                return CoreStatus.WantRead;
            if (!PassGate())
                return CoreStatus.WantDecision;
        }

        link.EraseTape();
        return CoreStatus.Done;
    }

    /// <summary>The application ends the connection with an alert.</summary>
    public void Refuse(TlsException refusal)
    {
        if (link.Tape is { IsRerunDue: true } tape)
            RefuseAtSignature(tape, refusal);
        else
            link.Refused(refusal);

        // Where this was called from inside of a step, BouncyCastle goes on with the rest of it. Nothing of that leaves.
        link.Watch?.End();
    }

    /// <summary>
    /// What waits for its signature has not left, so the peer has no keys for an alert behind it: the handshake is gone through again up to
    /// there.
    /// </summary>
    private void RefuseAtSignature(HandshakeTape tape, TlsException refusal)
    {
        link.Gate.Withdraw();
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

    /// <summary>Uses decisions that are in, and goes on with what waited for them.</summary>
    /// <returns>False when one is awaited.</returns>
    private bool PassGate()
    {
        var gate = link.Gate;
        while (gate.IsShut || gate.HasHeld)
        {
            if (gate.IsWaiting)
                return false;

            try
            {
                if (gate.IsShut)
                    gate.Open();
            }
            catch (TlsException refusal) when (link.IsRerunDue)
            {
                link.Tape!.Refuse(refusal);
            }
            catch (TlsException refusal)
            {
                throw link.Refused(refusal);
            }

            if (gate.IsShut)
                continue;
            if (link.Tape is { IsRerunDue: true } tape)
                Rerun(tape);
            else if (gate.HasHeld)
                link.Run(static endpoint => endpoint.Resume(), isOfInput: true);
        }

        return true;
    }

    /// <summary>Goes through the handshake again, with a signature that was not there the first time. Sends what is new.</summary>
    private void Rerun(HandshakeTape tape)
    {
        tape.Rewind();
        link.Watch?.BeginReplay();
        link.Remake();
        var parts = link.Parts;
        try
        {
            parts.Endpoint.Begin();
            foreach (var record in tape.Records)
            {
                var copy = (byte[])record.Clone();
                parts.Contents.Received(new RecordHeader(copy[0], copy.Length - RecordHeader.Size), copy.AsSpan(RecordHeader.Size));
                parts.Endpoint.Protocol.OfferInput(copy, 0, copy.Length);
                parts.Conduct.EndRecord(0);
            }
        }
        catch (Exception e)
        {
            // What BouncyCastle has not seen, it has sent no alert for.
            if (e is TlsException refusal && !parts.Endpoint.Protocol.IsClosed)
                parts.Endpoint.Fail(refusal);
            link.Failed(e, isOfInput: true);
        }

        link.Watch?.EndReplay();
        var output = new byte[parts.Endpoint.Output.Available];
        parts.Endpoint.Output.RemoveData(output, 0);
        try
        {
            var added = tape.NewPartOf(output);
            link.Outgoing.Write(added);
            tape.Sent(added);
            link.Watch?.Leave();
        }
        catch (TlsException fault)
        {
            link.Failed(fault);
        }

        if (link.Failure is not null)
            throw link.Failure;
    }
}
