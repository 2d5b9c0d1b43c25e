using Org.BouncyCastle.Tls;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.BouncyCastle.Rules;
using TlsFsm.Core.Decisions;
using TlsFsm.Core.Records;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>
/// What both endpoints do alike: BouncyCastle has no base class between the two that could hold their overrides, so each hands them on to
/// this.
/// </summary>
/// <param name="conduct">What the peer has done.</param>
/// <param name="own">What we have sent.</param>
/// <param name="contents">Told of what is written.</param>
/// <param name="gate">Where messages wait for decisions.</param>
internal sealed class EndpointRules(PeerConduct conduct, OwnDirection own, RecordContents contents, HandshakeGate gate)
{
    /// <summary>The size of what <see cref="WritePlainAlert"/> writes.</summary>
    public const int PlainAlertSize = RecordHeader.Size + 2;

    /// <summary>Writes a fatal alert in clear, where BouncyCastle cannot or writes another version.</summary>
    public static void WritePlainAlert(Stream output, short description)
    {
        ReadOnlySpan<byte> record = [RecordHeader.Alert, 3, 3, 0, 2, (byte)AlertLevel.fatal, (byte)description];
        output.Write(record);
    }

    /// <summary>Whether TLS 1.3 is agreed; false until the version is.</summary>
    public static bool IsTls13(TlsContext context) => context.ServerVersion is { } version && TlsUtilities.IsTlsV13(version);

    /// <summary>Whether the handshake has finished.</summary>
    public bool IsEstablished => conduct.IsEstablished;

    /// <summary>Holds a message back if the gate is shut.</summary>
    /// <param name="type">The message's.</param>
    /// <param name="message">The message.</param>
    /// <param name="isFirst">Whether it was released before, and so comes before those that wait.</param>
    public bool Holds(short type, HandshakeMessageInput message, bool isFirst = false)
    {
        if (!gate.IsShut)
            return false;

        if (isFirst)
            gate.HoldFirst(type, message.ToArray());
        else
            gate.Hold(type, message.ToArray());
        return true;
    }

    /// <summary>Goes on with messages that waited behind the gate, as far as it is open.</summary>
    /// <param name="process">Processes one.</param>
    /// <param name="report">Tells BouncyCastle, which sends the alert, of a failure outside of a record, that it does not see.</param>
    public void Resume(Action<short, HandshakeMessageInput> process, Action<short, string, Exception> report)
    {
        try
        {
            while (gate.HasHeld && !gate.IsShut)
            {
                var (type, message) = gate.Release();
                process(type, HandshakeMessages.From(message));
            }
        }
        catch (Exception e)
        {
            report(Faults.DescriptionOf(e), e.Message, e);
            throw;
        }
    }

    /// <summary>A handshake message is about to be processed.</summary>
    public void OnMessage(short type, HandshakeMessageInput message, TlsContext context)
    {
        conduct.OnMessage(message.Length);
        conduct.CheckBoundary(type, IsTls13(context));
        var agreed = context.SecurityParameters;
        CertificateRules.CheckLengths(
            type, message, IsTls13(context), context.IsServer ? agreed.ClientCertificateType : agreed.ServerCertificateType);
    }

    /// <summary>A handshake message was processed.</summary>
    /// <param name="context">The handshake's.</param>
    /// <param name="haveKeysChanged">Whether it is at the ServerHello or behind.</param>
    public void OnProcessed(TlsContext context, bool haveKeysChanged)
    {
        if (context.ServerVersion is not null)
            conduct.OnVersion(IsTls13(context), haveKeysChanged);
    }

    /// <summary>TLS 1.2: what the peer sends from now on is protected.</summary>
    public void OnChangeCipherSpec() => conduct.OnChangeCipherSpec();

    /// <summary>A KeyUpdate came.</summary>
    /// <param name="body">The message, at its body; the position is left as it was.</param>
    public void OnKeyUpdate(MemoryStream body)
    {
        conduct.OnKeyUpdate(isAnswer: own.TakeAnswer());
        if (!conduct.IsEstablished)
            return;

        var request = body.ReadByte();
        if (request >= 0)
            body.Position--;
        if (request == KeyUpdateRequest.update_requested)
            own.OnKeyUpdateWanted();
    }

    /// <summary>A KeyUpdate was sent.</summary>
    public void OnKeyUpdateSent(bool isAnswerWanted) => own.OnKeyUpdate(isAnswerWanted);

    /// <summary>A NewSessionTicket came.</summary>
    /// <param name="isKept">Whether anything is made of it.</param>
    public void OnSessionTicket(bool isKept) => conduct.OnSessionTicket(isKept);

    /// <summary>The peer wants to renegotiate.</summary>
    public void OnRenegotiationAttempt() => conduct.OnRenegotiationAttempt();

    /// <summary>A ServerHello came, of which only the version is judged.</summary>
    public void OnServerHello(bool isTls13) => conduct.CheckBoundary(HandshakeType.server_hello, isTls13);

    /// <summary>Whether an alert of the peer ends the connection. If not, it is dealt with.</summary>
    public bool IsFatal(short level, short description, TlsContext context)
    {
        gate.AlertSeen?.Invoke((TlsAlert)description, false);
        return conduct.IsFatal(level, description, IsTls13(context));
    }

    /// <summary>An alert at warning level is about to be sent.</summary>
    /// <returns>False when it must not: nothing follows our close_notify, no second one either (RFC 8446 section 6.1).</returns>
    public bool TakesWarning(short description)
    {
        if (own.IsClosed)
            return false;

        own.OnWarning((TlsAlert)description);
        return true;
    }

    /// <summary>A record was written.</summary>
    /// <param name="type">What it holds.</param>
    /// <param name="content">Before it was encrypted.</param>
    /// <param name="size">How many bytes it became.</param>
    public void OnWritten(short type, ReadOnlySpan<byte> content, int size)
    {
        if (type == ContentType.alert && size > 0)
            gate.AlertSeen?.Invoke((TlsAlert)content[1], true);
        contents.Written(type, content, size);
    }
}
