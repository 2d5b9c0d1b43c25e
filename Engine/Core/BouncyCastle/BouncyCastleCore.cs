using System.Security.Authentication;
using TlsFsm.Core;
using TlsFsm.Core.BouncyCastle;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Replay;
using TlsFsm.Core.BouncyCastle.Roles;
using TlsFsm.Core.Decisions;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Options;
using TlsFsm.Core.Records;

namespace TlsFsm;

/// <summary>TLS 1.2 and 1.3 over BouncyCastle, which is offered one record at a time; records and signatures are the platform's.</summary>
/// <remarks>
/// Secure by default. Not there at all: renegotiation, SHA-1 signatures, static RSA. There only for a <see cref="TlsPolicy"/> that says so:
/// CBC, static PSK, peers without extended master secret. A certificate is judged before Finished is sent.
/// Calls in an order that makes no sense (data before the handshake has finished) throw <see cref="InvalidOperationException"/>.
/// </remarks>
public sealed class BouncyCastleCore : ITlsCore, IMadeOfOptions
{
    private readonly TlsConnectionOptions _options;
    private readonly RecordSizer _sizer;
    private readonly LibraryLink _link;
    private readonly RecordPump _pump;
    private readonly HandshakeSteps _handshake;
    private long _answerEnd;
    private bool _isShuttingDown;
    private bool _isDisposed;

    private BouncyCastleCore(TlsConnectionOptions options, bool mayWaitForSignature, Func<HandshakeGate, HandshakeTape?, CoreParts> make)
    {
        _options = options;
        _sizer = new RecordSizer(options.RecordSize, options.TimeProvider);
        _link = new LibraryLink(mayWaitForSignature, make);
        _pump = new RecordPump(_link);
        _handshake = new HandshakeSteps(_link, _pump);
    }

    TlsConnectionOptions IMadeOfOptions.Options => _options;

    /// <summary>A client's core, for one connection.</summary>
    /// <exception cref="ArgumentException">
    /// The options contradict themselves: no enabled protocol or one before TLS 1.2, no target host for a verification that needs one,
    /// an empty or double ALPN name. The message names which.
    /// </exception>
    /// <exception cref="InvalidOperationException">A BouncyCastle is here that does not fit. The message says what to do.</exception>
    public static BouncyCastleCore CreateClient(TlsClientOptions options)
    {
        var name = CoreOptions.Check(options);
        var mayWait = options.ChooseCredential is not null || HasSignerElsewhere(options.AllCredentials);
        return new BouncyCastleCore(options, mayWait, (gate, tape) => CoreParts.OfClient(options, name, gate, tape));
    }

    /// <summary>A server's core, for one connection.</summary>
    /// <exception cref="ArgumentException">
    /// The options contradict themselves: no enabled protocol or one before TLS 1.2, an empty or double ALPN name. The message names which.
    /// </exception>
    /// <exception cref="InvalidOperationException">A BouncyCastle is here that does not fit. The message says what to do.</exception>
    public static BouncyCastleCore CreateServer(TlsServerOptions options)
    {
        CoreOptions.Check(options);
        var isChoosing = ServerSelection.IsNeeded(options);
        TlsServerOptions? chosen = null;
        ServerRole? current = null;
        ServerSelection? selection = null;
        return new BouncyCastleCore(options, isChoosing || HasSignerElsewhere(options.AllCredentials), Make);

        CoreParts Make(HandshakeGate gate, HandshakeTape? tape)
        {
            if (isChoosing)
                selection ??= new ServerSelection(options, gate, CoreOptions.CheckChosen, choice => current!.Use(chosen = choice));
            var parts = CoreParts.OfServer(options, gate, tape, selection, out current);
            if (chosen is not null)
                current.Use(chosen);
            return parts;
        }
    }

    private static bool HasSignerElsewhere(IReadOnlyList<TlsCredential> credentials)
    {
        foreach (var credential in credentials)
        {
            if (credential.Signer is not null)
                return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public bool IsEstablished => _link.Parts.Conduct.IsEstablished && _link.Failure is null;

    /// <inheritdoc/>
    public TlsSessionInfo? Session => _link.Parts is { Conduct.IsEstablished: true } parts ? parts.Negotiation.Session : null;

    /// <inheritdoc/>
    public int PendingPlaintext => _isShuttingDown || _isDisposed ? 0 : _pump.Pending;

    /// <inheritdoc/>
    public bool IsCloseNotifyReceived => _link.Parts.Conduct.IsCloseNotifyReceived;

    /// <inheritdoc/>
    public TlsHandshakePhase HandshakePhase => _handshake.Phase;

    Action<Exception, string>? ITlsCore.Unheard
    {
        get => _link.Gate.Unheard;
        set => _link.Gate.Unheard = value;
    }

    Action<TlsAlert, bool>? ITlsCore.AlertSeen
    {
        get => _link.Gate.AlertSeen;
        set => _link.Gate.AlertSeen = value;
    }

    Func<string>? ITlsCore.ConnectionName
    {
        get => _link.Gate.ConnectionName;
        set => _link.Gate.ConnectionName = value;
    }

    /// <inheritdoc/>
    public Action? WhenDecided
    {
        get => _link.Gate.WhenDecided;
        set => _link.Gate.WhenDecided = value;
    }

    /// <inheritdoc/>
    public Action<TlsMessage>? MessageObserver
    {
        get;
        set
        {
            if (_link.HasBegun)
                throw new InvalidOperationException("The messages of a handshake are watched from its beginning, and it has begun.");

            field = value;
            _link.Watch = value is null ? null : new MessageWatch(value);
        }
    }

    private bool IsTls13 => Session?.Protocol == SslProtocols.Tls13;

    /// <inheritdoc/>
    public void Attach(MemoryBio incoming, MemoryBio outgoing)
    {
        ArgumentNullException.ThrowIfNull(incoming);
        ArgumentNullException.ThrowIfNull(outgoing);
        _link.Attach(incoming, outgoing);
    }

    /// <inheritdoc/>
    public CoreStatus StepHandshake()
    {
        _link.ThrowIfUnusable();
        return _handshake.Step();
    }

    /// <inheritdoc/>
    public CoreStatus Read(Span<byte> destination, out int count)
    {
        count = 0;
        _link.ThrowIfDisposed();
        if (_isShuttingDown)
            return StepShutdown() == CoreStatus.Done ? CoreStatus.EndOfStream : CoreStatus.WantRead;

        if (PendingPlaintext == 0)
        {
            var status = Receive(destination, out count);
            if (status != CoreStatus.Done || count > 0)
                return status;
        }

        if (!destination.IsEmpty)
            count = _pump.Read(destination);
        return CoreStatus.Done;
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> data)
    {
        ThrowUnlessConnected();
        var own = _link.Parts.Own;
        if (own.IsClosed)
            throw new InvalidOperationException("Nothing can be written after our close_notify.");

        while (!data.IsEmpty)
        {
            // Through BouncyCastle, an answer that is due would go out with the data.
            if (IsTls13 && (own.RecordsUnderKey >= _options.RecordsPerKey || (own.IsKeyUpdateDue && _pump.IsShort)))
                SendKeyUpdate(isAnswerWanted: false);

            var chunk = data[..Math.Min(data.Length, Math.Min(_sizer.Next(), _pump.DataLimit))];
            _pump.Write(chunk);
            own.OnData();
            _sizer.OnWritten(chunk.Length);
            data = data[chunk.Length..];
        }
    }

    /// <inheritdoc/>
    public void CloseWrite()
    {
        ThrowUnlessConnected();
        _link.Run(static endpoint => endpoint.SendCloseNotify());
    }

    /// <inheritdoc/>
    public void SendAlert(TlsAlert alert)
    {
        _link.ThrowIfUnusable();
        _handshake.Refuse(new TlsException(
            $"The application has refused the peer with the alert {Faults.Name(alert)}.", CloseReason.LocalAbort, TlsFault.None, alert));
    }

    /// <inheritdoc/>
    public CoreStatus StepShutdown()
    {
        ThrowUnlessConnected();
        if (!_isShuttingDown)
        {
            _isShuttingDown = true;
            _pump.Discard();
            _link.Run(static endpoint => endpoint.SendCloseNotify());
        }

        while (!IsCloseNotifyReceived)
        {
            if (!_pump.TakeRecord())
                return CoreStatus.WantRead;

            // How much is taken is the connection's to bound: it gives up waiting, which is no failure.
            _pump.Discard();
        }

        return CoreStatus.Done;
    }

    /// <inheritdoc/>
    public byte[] ExportKeyingMaterial(string label, byte[]? context, int length)
    {
        ThrowUnlessConnected();
        return ConnectionSecrets.Export(_link.Parts, label, context, length);
    }

    /// <inheritdoc/>
    public byte[]? GetChannelBinding(TlsChannelBinding kind)
    {
        ThrowUnlessConnected();
        return ConnectionSecrets.BindingOf(_link.Parts, kind);
    }

    /// <inheritdoc/>
    public void UpdateKeys(bool requestPeer)
    {
        ThrowUnlessConnected();
        if (!IsTls13)
            throw new InvalidOperationException("TLS 1.2 has no KeyUpdate: its keys are those of the handshake.");
        if (_link.Parts.Own.IsClosed)
            throw new InvalidOperationException("Nothing can be sent after our close_notify.");

        SendKeyUpdate(requestPeer);
    }

    /// <inheritdoc/>
    public void Shrink()
    {
        if (!_isDisposed)
            _link.Parts.Shrink();
    }

    void ITlsCore.Rest() => _link.Parts.Crypto.RecordCipher?.Rest();

    /// <summary>Lets go of keys and secrets. Nothing is sent; plaintext at hand is lost.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _link.Dispose();
    }

    /// <summary>Takes records until one brings plaintext: to where it is wanted, or at hand.</summary>
    private CoreStatus Receive(Span<byte> destination, out int count)
    {
        ThrowUnlessConnected();
        (count, var status) = (0, CoreStatus.Done);
        while (status == CoreStatus.Done && count == 0 && PendingPlaintext == 0)
        {
            if (IsCloseNotifyReceived)
                status = CoreStatus.EndOfStream;
            else if (!_pump.TakeRecord(destination, out count))
                status = CoreStatus.WantRead;
        }

        // RFC 8446 section 4.6.3: due before our next data. BouncyCastle waits for that, which a pure reader never sends. One answer that
        // has not left is enough for all that ask meanwhile: else a peer that asks and reads nothing makes us hold without bound.
        if (_link.Parts.Own is { IsKeyUpdateDue: true, IsClosed: false } && _link.Outgoing.Removed >= _answerEnd)
        {
            SendKeyUpdate(isAnswerWanted: false);
            _answerEnd = _link.Outgoing.Removed + _link.Outgoing.Pending;
        }

        return status;
    }

    private void SendKeyUpdate(bool isAnswerWanted) => _link.Run(isAnswerWanted
        ? static endpoint => endpoint.SendKeyUpdate(isAnswerWanted: true)
        : static endpoint => endpoint.SendKeyUpdate(isAnswerWanted: false));

    private void ThrowUnlessConnected()
    {
        _link.ThrowIfUnusable();
        _link.ThrowIfNotEstablished();
    }
}
