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

/// <summary>What stands between the messages of either endpoint and their protection.</summary>
/// <param name="hand">Changes them; null: nothing is changed.</param>
/// <param name="isTranscriptKept">Whether the endpoint's transcript follows what is really sent.</param>
internal sealed class Handling(IHand? hand, bool isTranscriptKept)
{
    private Transcript? _transcript;

    /// <param name="sendRaw">Puts bytes on the wire as they are.</param>
    public void Begin(Action<byte[]> sendRaw) => hand?.SendRaw = sendRaw;

    /// <summary>The endpoint has its transcript.</summary>
    public void Follow(TlsProtocol endpoint)
    {
        if (hand is not null && isTranscriptKept)
            Transcript.Of(endpoint) = _transcript = new Transcript(Transcript.Of(endpoint));
    }

    /// <summary>What goes out in place of a record.</summary>
    public IReadOnlyList<(byte Type, byte[] Content)> Change(short type, ReadOnlySpan<byte> content, ProtocolVersion? version)
    {
        var original = content.ToArray();
        if (hand is null)
            return [((byte)type, original)];

        var records = hand.Change((byte)type, original, version is not null && TlsUtilities.IsTlsV13(version));
        if (type == ContentType.handshake)
            _transcript?.Sent(original, records.Where(record => record.Type == ContentType.handshake).Select(record => record.Content));
        return records;
    }
}

/// <summary>BouncyCastle's client, with a hand between its messages and their protection; without one it is stock.</summary>
internal sealed class HandledClient(Org.BouncyCastle.Tls.TlsClient client, IHand? hand, bool isTranscriptKept) : TlsClientProtocol, IPeer
{
    private readonly Handling _handling = new(hand, isTranscriptKept);

    public TlsProtocol Protocol => this;

    public void Begin()
    {
        _handling.Begin(SendRaw);
        Connect(client);
    }

    public void Send(byte type, byte[] content) => base.SafeWriteRecord(type, content);

    public void SendKeyUpdate() => Send13KeyUpdate(updateRequested: false);

    public void SendRaw(byte[] bytes) => m_outputBuffer.Write(bytes);

    protected override void BeginHandshake()
    {
        base.BeginHandshake();
        _handling.Follow(this);
    }

    // BouncyCastle gives up at no_renegotiation, which is a warning, and answers nothing that it has asked for.
    protected override void HandleAlertWarningMessage(short alertDescription)
    {
        if (alertDescription != AlertDescription.no_renegotiation)
            base.HandleAlertWarningMessage(alertDescription);
    }

    protected override void SafeWriteRecord(short type, ReadOnlySpan<byte> buffer)
    {
        foreach (var (other, content) in _handling.Change(type, buffer, Context.ServerVersion))
            base.SafeWriteRecord(other, content);
    }
}

/// <summary>BouncyCastle's server, with a hand between its messages and their protection; without one it is stock.</summary>
internal sealed class HandledServer(Org.BouncyCastle.Tls.TlsServer server, IHand? hand, bool isTranscriptKept) : TlsServerProtocol, IPeer
{
    private readonly Handling _handling = new(hand, isTranscriptKept);

    public TlsProtocol Protocol => this;

    public void Begin()
    {
        _handling.Begin(SendRaw);
        Accept(server);
    }

    public void Send(byte type, byte[] content) => base.SafeWriteRecord(type, content);

    public void SendKeyUpdate() => Send13KeyUpdate(updateRequested: false);

    public void SendRaw(byte[] bytes) => m_outputBuffer.Write(bytes);

    protected override void BeginHandshake()
    {
        base.BeginHandshake();
        _handling.Follow(this);
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
        foreach (var (other, content) in _handling.Change(type, buffer, Context.ServerVersion))
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
