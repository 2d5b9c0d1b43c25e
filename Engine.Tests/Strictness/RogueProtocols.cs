using Org.BouncyCastle.Tls;
using TlsFsm.Core.BouncyCastle.Roles;

namespace TlsFsm.Tests.Strictness;

/// <summary>BouncyCastle's client, with a hand between it and the wire.</summary>
internal sealed class RogueTlsClient(ClientRole role) : TlsClientProtocol, IRogue
{
    private bool _isAtWork;

    public Func<short, byte[], IEnumerable<(short Type, byte[] Content)>>? Instead { private get; set; }

    public void Begin() => Connect(role);

    public void Send(short type, byte[] content) => base.SafeWriteRecord(type, content);

    public void SendKeyUpdate() => Send13KeyUpdate(updateRequested: false);

    public void SendRaw(byte[] bytes) => m_outputBuffer.Write(bytes);

    protected override void HandleHandshakeMessage(short type, HandshakeMessageInput buf)
    {
        if (m_certificateRequest is { } request)
            role.ChooseCredential(request);
        base.HandleHandshakeMessage(type, buf);
    }

    // BouncyCastle would give up at no_renegotiation.
    protected override void HandleAlertWarningMessage(short alertDescription)
    {
    }

    protected override void SafeWriteRecord(short type, ReadOnlySpan<byte> buffer)
    {
        if (Instead is null || _isAtWork)
        {
            base.SafeWriteRecord(type, buffer);
            return;
        }

        _isAtWork = true;
        foreach (var (other, content) in Instead(type, buffer.ToArray()))
            base.SafeWriteRecord(other, content);
        _isAtWork = false;
    }
}

/// <summary>BouncyCastle's server, with a hand between it and the wire.</summary>
internal sealed class RogueTlsServer(Org.BouncyCastle.Tls.TlsServer peer) : TlsServerProtocol, IRogue
{
    private bool _isAtWork;

    public Func<short, byte[], IEnumerable<(short Type, byte[] Content)>>? Instead { private get; set; }

    public void Begin() => Accept(peer);

    public void Send(short type, byte[] content) => base.SafeWriteRecord(type, content);

    public void SendKeyUpdate() => Send13KeyUpdate(updateRequested: false);

    public void SendRaw(byte[] bytes) => m_outputBuffer.Write(bytes);

    // BouncyCastle would give up at no_renegotiation.
    protected override void HandleAlertWarningMessage(short alertDescription)
    {
    }

    protected override void SafeWriteRecord(short type, ReadOnlySpan<byte> buffer)
    {
        if (Instead is null || _isAtWork)
        {
            base.SafeWriteRecord(type, buffer);
            return;
        }

        _isAtWork = true;
        foreach (var (other, content) in Instead(type, buffer.ToArray()))
            base.SafeWriteRecord(other, content);
        _isAtWork = false;
    }
}
