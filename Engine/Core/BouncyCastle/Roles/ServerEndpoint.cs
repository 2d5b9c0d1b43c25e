using System.Buffers.Binary;
using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.BouncyCastle.Rules;
using TlsFsm.Core.Records;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>A server's protocol object, with the two directions of closing kept apart and the peer's conduct watched.</summary>
/// <remarks>
/// Its twin is <see cref="ClientEndpoint"/>: BouncyCastle has no base class between the two that could hold the overrides.
/// </remarks>
internal sealed class ServerEndpoint(ServerRole role, PeerConduct conduct) : TlsServerProtocol, IEndpoint
{
    /// <summary>As BoringSSL: what a client may have sent before it hears from us. We give no ticket that allows any.</summary>
    private const int MaxEarlyData = 16 * 1024;

    private byte[] _clientFinished = [];
    private ClientHello? _firstHello;

    TlsProtocol IEndpoint.Protocol => this;

    /// <summary>False until the version is negotiated.</summary>
    private bool IsTls13 => Context.ServerVersion is { } version && TlsUtilities.IsTlsV13(version);

    public bool IsNegotiated => Context?.ServerVersion is not null;

    public ByteQueue Output => m_outputBuffer.Buffer;

    public void Begin() => Accept(role);

    public void Resume()
    {
        try
        {
            while (conduct.Gate.HasHeld && !conduct.Gate.IsShut)
            {
                var (type, message) = conduct.Gate.Release();
                Process(type, HandshakeMessages.From(message));
            }
        }
        catch (Exception e)
        {
            // Outside of a record, so BouncyCastle does not see it: it is told, and sends the alert.
            HandleException(Faults.DescriptionOf(e), e.Message, e);
            throw;
        }
    }

    public void SendCloseNotify() => RaiseAlertWarning((short)OwnFaults.Close, "closing");

    public void SendKeyUpdate(bool isAnswerWanted) => Send13KeyUpdate(isAnswerWanted);

    public void Fail(TlsException fault) => HandleException((short)OwnFaults.AlertOf(fault), fault.Message, fault);

    public void Forget() => Secrets.Destroy(Context);

    protected override void HandleHandshakeMessage(short type, HandshakeMessageInput buf)
    {
        if (conduct.Gate.IsShut)
            conduct.Gate.Hold(type, buf.ToArray());
        else
            Process(type, buf);
    }

    private void Process(short type, HandshakeMessageInput buf)
    {
        conduct.OnMessage(buf.Length);
        conduct.CheckBoundary(type, IsTls13);

        // RFC 8446 section 4.4.3. BouncyCastle calls one behind an empty Certificate an error of its own.
        if (type == HandshakeType.certificate_verify && !ExpectCertificateVerifyMessage())
            throw MessageFaults.UnaskedVerify.ToException();

        base.HandleHandshakeMessage(type, buf);
        if (IsNegotiated)
            conduct.OnVersion(IsTls13, haveKeysChanged: m_connectionState >= CS_SERVER_HELLO);
    }

    protected override void HandleChangeCipherSpecMessage() => conduct.OnChangeCipherSpec();

    protected override ClientHello ReceiveClientHelloMessage(MemoryStream buf)
    {
        var compression = ClientHelloRules.ReadCompression(buf);
        var hello = base.ReceiveClientHelloMessage(WithKnownVersion(buf));
        ClientHelloRules.Check(hello, compression, role.IsTls13Enabled);
        if (_firstHello is not null)
            ClientHelloRules.CheckSecond(hello, _firstHello, role.AcceptedPsk);

        // A second hello announces none, and none comes behind it.
        conduct.EarlyDataToSkip = _firstHello is null && hello.Extensions?.ContainsKey(ExtensionType.early_data) == true ? MaxEarlyData : 0;
        _firstHello = hello;

        role.OfferedExtensions = hello.Extensions;
        ForgetTicketAges(hello.Extensions);
        return hello;
    }

    /// <summary>
    /// RFC 8446 section 4.4.2: what a client adds to its Certificate answers our CertificateRequest, which asks for nothing but the
    /// certificate.
    /// </summary>
    protected override void NotifyClientCertificate(Certificate clientCertificate)
    {
        if (IsTls13)
        {
            CertificateRules.CheckContext(clientCertificate);
            CertificateRules.CheckExtensions(clientCertificate, asked: null);
        }

        base.NotifyClientCertificate(clientCertificate);
    }

    /// <summary>
    /// The message with a legacy version that BouncyCastle knows. RFC 8446 section 4.2.1: where there are supported_versions, the legacy
    /// version means nothing; RFC 5246 appendix E.1: where there are none, a client of a later version is answered with ours.
    /// </summary>
    private static MemoryStream WithKnownVersion(MemoryStream message)
    {
        var start = message.Position;
        var isLater = message.ReadByte() is var major && message.ReadByte() is var minor && (major > 3 || (major == 3 && minor > 3));
        message.Position = start;
        if (!isLater)
            return message;

        var body = new byte[message.Length - start];
        message.ReadExactly(body);
        (body[0], body[1]) = (3, 3);
        return new MemoryStream(body);
    }

    protected override void Receive13ClientFinished(MemoryStream buf)
    {
        base.Receive13ClientFinished(buf);
        _clientFinished = buf.ToArray();
    }

    protected override void CompleteHandshake()
    {
        var security = Context.SecurityParameters;
        var isIssuing = role.Resumption.IsEnabled && TlsUtilities.IsTlsV13(security.NegotiatedVersion) && IsTicketUsable();
        var hash = security.PrfCryptoHashAlgorithm;
        var master = isIssuing ? ResumptionSecrets.MasterSecret(this, security, _clientFinished) : [];
        base.CompleteHandshake();
        role.OfferedExtensions = null;
        _firstHello = null;
        _clientFinished = [];
        if (!isIssuing)
            return;

        foreach (var message in role.Resumption.Tickets13(master, hash, role.Session!, role.Presented!.Identity))
        {
            // A ticket with a client's chain in it may be longer than a record.
            for (var rest = message.AsSpan(); !rest.IsEmpty; rest = rest[Math.Min(rest.Length, ApplicationDataLimit)..])
                SafeWriteRecord(ContentType.handshake, rest[..Math.Min(rest.Length, ApplicationDataLimit)]);
        }

        CryptographicOperations.ZeroMemory(master);
    }

    /// <summary>RFC 8446 section 4.2.9: a ticket is for the key exchange modes of this client, and ours is one of them or none.</summary>
    private bool IsTicketUsable() =>
        role.OfferedExtensions is { } offered
        && TlsExtensionsUtilities.GetPskKeyExchangeModesExtension(offered) is { } modes
        && Array.IndexOf(modes, PskKeyExchangeMode.psk_dhe_ke) >= 0;

    /// <summary>
    /// BouncyCastle looks a ticket up by its age too, and only finds age 0. The age matters for early data alone, which there is none of.
    /// </summary>
    private static void ForgetTicketAges(IDictionary<int, byte[]>? extensions)
    {
        if (extensions is null || !extensions.TryGetValue(ExtensionType.pre_shared_key, out var offer) || offer.Length < 2)
            return;

        // Identities, each with an age of four bytes behind it. What is malformed, BouncyCastle refuses by itself.
        var end = Math.Min(2 + BinaryPrimitives.ReadUInt16BigEndian(offer), offer.Length);
        for (var at = 2; at + 2 <= end;)
        {
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(offer.AsSpan(at));
            if (at + 4 > end)
                break;

            offer.AsSpan(at, 4).Clear();
            at += 4;
        }
    }

    protected override void Receive13KeyUpdate(MemoryStream buf)
    {
        conduct.OnKeyUpdate(buf);
        base.Receive13KeyUpdate(buf);
    }

    protected override void Send13KeyUpdate(bool updateRequested)
    {
        base.Send13KeyUpdate(updateRequested);
        conduct.OnKeyUpdateSent();
    }

    protected override void RefuseRenegotiation()
    {
        conduct.OnRenegotiationAttempt();
        base.RefuseRenegotiation();
    }

    protected override void HandleAlertMessage(short alertLevel, short alertDescription)
    {
        if (conduct.IsFatal(alertLevel, alertDescription, IsTls13))
            base.HandleAlertMessage(AlertLevel.fatal, alertDescription);
    }

    protected override void RaiseAlertWarning(short alertDescription, string message)
    {
        // RFC 8446 section 6.1: after close_notify the sender sends nothing more, no second close_notify either.
        if (conduct.IsCloseNotifySent)
            return;

        conduct.IsCloseNotifySent = alertDescription == (short)OwnFaults.Close;
        base.RaiseAlertWarning(alertDescription, message);
    }

    protected override void RaiseAlertFatal(short alertDescription, string message, Exception cause)
    {
        base.RaiseAlertFatal(alertDescription, message, cause);

        // BouncyCastle sends nothing before it has understood a ClientHello, not even why it gives up. There are no keys yet, so the
        // record is plain.
        if (m_connectionState > CS_CLIENT_HELLO || Output.Available > 0)
            return;

        ReadOnlySpan<byte> record = [RecordHeader.Alert, 3, 3, 0, 2, (byte)AlertLevel.fatal, (byte)alertDescription];
        m_outputBuffer.Write(record);
        conduct.Watch?.Written(RecordHeader.Alert, record[RecordHeader.Size..], record.Length);
    }

    protected override void WriteRecord(short type, ReadOnlySpan<byte> buffer)
    {
        var before = Output.Available;
        base.WriteRecord(type, buffer);
        conduct.Watch?.Written(type, buffer, Output.Available - before);
    }

    protected override void HandleException(short alertDescription, string message, Exception e) =>
        base.HandleException((short)Faults.AlertFor(alertDescription, e), message, e);
}
