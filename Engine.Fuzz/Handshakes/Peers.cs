using Org.BouncyCastle.Tls;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>The other side of the engine, or what stands in the engine's place.</summary>
internal interface IPeer
{
    TlsProtocol Protocol { get; }

    void Begin();

    /// <summary>Seals a record of whatever kind.</summary>
    void Send(byte type, byte[] content);

    void SendKeyUpdate();

    /// <summary>Puts bytes on the wire as they are.</summary>
    void SendRaw(byte[] bytes);
}

/// <summary>BouncyCastle's client, with a hand between its messages and their protection; without one it is stock.</summary>
internal sealed class HandledClient(Org.BouncyCastle.Tls.TlsClient client, IHand? hand, bool isTranscriptKept) : TlsClientProtocol, IPeer
{
    private Transcript? _transcript;

    public TlsProtocol Protocol => this;

    public void Begin()
    {
        hand?.SendRaw = bytes => m_outputBuffer.Write(bytes);
        Connect(client);
    }

    public void Send(byte type, byte[] content) => base.SafeWriteRecord(type, content);

    public void SendKeyUpdate() => Send13KeyUpdate(updateRequested: false);

    public void SendRaw(byte[] bytes) => m_outputBuffer.Write(bytes);

    protected override void BeginHandshake()
    {
        base.BeginHandshake();
        if (hand is not null && isTranscriptKept)
            Transcript.Of(this) = _transcript = new Transcript(Transcript.Of(this));
    }

    // BouncyCastle gives up at no_renegotiation, which is a warning, and answers nothing that it has asked for.
    protected override void HandleAlertWarningMessage(short alertDescription)
    {
        if (alertDescription != AlertDescription.no_renegotiation)
            base.HandleAlertWarningMessage(alertDescription);
    }

    protected override void SafeWriteRecord(short type, ReadOnlySpan<byte> buffer)
    {
        if (hand is null)
        {
            base.SafeWriteRecord(type, buffer);
            return;
        }

        var original = buffer.ToArray();
        var records = hand.Change((byte)type, original, Context.ServerVersion is { } version && TlsUtilities.IsTlsV13(version));
        if (type == ContentType.handshake)
            _transcript?.Sent(original, records.Where(record => record.Type == ContentType.handshake).Select(record => record.Content));
        foreach (var (other, content) in records)
            base.SafeWriteRecord(other, content);
    }
}

/// <summary>BouncyCastle's server, with a hand between its messages and their protection; without one it is stock.</summary>
internal sealed class HandledServer(Org.BouncyCastle.Tls.TlsServer server, IHand? hand, bool isTranscriptKept) : TlsServerProtocol, IPeer
{
    private Transcript? _transcript;

    public TlsProtocol Protocol => this;

    public void Begin()
    {
        hand?.SendRaw = bytes => m_outputBuffer.Write(bytes);
        Accept(server);
    }

    public void Send(byte type, byte[] content) => base.SafeWriteRecord(type, content);

    public void SendKeyUpdate() => Send13KeyUpdate(updateRequested: false);

    public void SendRaw(byte[] bytes) => m_outputBuffer.Write(bytes);

    protected override void BeginHandshake()
    {
        base.BeginHandshake();
        if (hand is not null && isTranscriptKept)
            Transcript.Of(this) = _transcript = new Transcript(Transcript.Of(this));
    }

    // BouncyCastle gives up at no_renegotiation, which is a warning, and answers nothing that it has asked for.
    protected override void HandleAlertWarningMessage(short alertDescription)
    {
        if (alertDescription != AlertDescription.no_renegotiation)
            base.HandleAlertWarningMessage(alertDescription);
    }

    /// <summary>Without a cookie, as the engine: what is changed in a second hello must be the same thing.</summary>
    protected override ServerHello Generate13HelloRetryRequest(ClientHello clientHello)
    {
        m_retryCookie = null;
        return base.Generate13HelloRetryRequest(clientHello);
    }

    protected override void SafeWriteRecord(short type, ReadOnlySpan<byte> buffer)
    {
        if (hand is null)
        {
            base.SafeWriteRecord(type, buffer);
            return;
        }

        var original = buffer.ToArray();
        var records = hand.Change((byte)type, original, Context.ServerVersion is { } version && TlsUtilities.IsTlsV13(version));
        if (type == ContentType.handshake)
            _transcript?.Sent(original, records.Where(record => record.Type == ContentType.handshake).Select(record => record.Content));
        foreach (var (other, content) in records)
            base.SafeWriteRecord(other, content);
    }
}

/// <summary>A BouncyCastle endpoint that is driven without ever throwing: what it makes of changed bytes is its own affair.</summary>
internal sealed class PeerSide(IPeer peer)
{
    /// <summary>How it gave up; null while it has not.</summary>
    public Exception? Failure { get; private set; }

    public bool IsConnected => Failure is null && peer.Protocol.IsConnected;

    public bool IsOver => Failure is not null || peer.Protocol.IsClosed;

    public void Begin() => Try(peer.Begin);

    /// <summary>Seals a record of whatever kind.</summary>
    public void Send(byte type, byte[] content) => TryIfAlive(() => peer.Send(type, content));

    public void SendKeyUpdate() => TryIfAlive(peer.SendKeyUpdate);

    /// <summary>Puts bytes on the wire as they are.</summary>
    public void SendRaw(byte[] bytes) => TryIfAlive(() => peer.SendRaw(bytes));

    /// <summary>Seals data, and changes a byte of the record on its way.</summary>
    public void Damage(byte where, byte[] data)
    {
        var waiting = TakeOutput();
        Send(23, data);
        var record = TakeOutput();
        if (record.Length > 0)
            record[where % record.Length] ^= 1;
        SendRaw([.. waiting, .. record]);
    }

    public byte[] TakeOutput()
    {
        var bytes = new byte[peer.Protocol.GetAvailableOutputBytes()];
        if (bytes.Length > 0)
            peer.Protocol.ReadOutput(bytes, 0, bytes.Length);
        return bytes;
    }

    public void Take(byte[] bytes) => TryIfAlive(() => peer.Protocol.OfferInput(bytes));

    public void Write(byte[] data)
    {
        if (IsConnected)
            Try(() => peer.Protocol.WriteApplicationData(data, 0, data.Length));
    }

    public byte[] ReadData()
    {
        var bytes = new byte[peer.Protocol.ApplicationDataAvailable];
        if (bytes.Length > 0)
            peer.Protocol.ReadInput(bytes, 0, bytes.Length);
        return bytes;
    }

    public void Close() => TryIfAlive(peer.Protocol.Close);

    private void TryIfAlive(Action step)
    {
        if (!IsOver)
            Try(step);
    }

    private void Try(Action step)
    {
        try
        {
            step();
        }
#pragma warning disable CA1031 // It has been made to say what it does not mean; any end of it is one.
        catch (Exception e)
        {
            Failure ??= e;
        }
#pragma warning restore CA1031
    }
}
