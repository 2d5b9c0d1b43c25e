using System.Diagnostics.CodeAnalysis;
using TlsFsm.Core.BouncyCastle;
using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.BouncyCastle.Replay;
using TlsFsm.Core.BouncyCastle.Roles;
using TlsFsm.Core.Decisions;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Options;
using TlsFsm.Core.Records;

namespace TlsFsm;

/// <summary>
/// TLS 1.2 and 1.3 over BouncyCastle, which is offered one record at a time; records and signatures are the platform's work.
/// </summary>
/// <remarks>
/// Secure by default. Not there at all: renegotiation, SHA-1 signatures, static RSA. There only for a <see cref="TlsPolicy"/> that says so:
/// CBC, static PSK, peers without extended master secret. A certificate is judged before Finished is sent.
/// Calls in an order that makes no sense (data before the handshake has finished) throw <see cref="InvalidOperationException"/>.
/// </remarks>
public sealed partial class BouncyCastleCore : ITlsCore
{
    private readonly Func<HandshakeGate, HandshakeTape?, CoreParts> _make;
    private readonly HandshakeGate _gate = new();
    private IEndpoint _endpoint;
    private PeerConduct _conduct;
    private NativeCrypto _crypto;
    private INegotiation _negotiation;
    private HandshakeTape? _tape;
    private readonly TlsConnectionOptions _options;
    private readonly RecordSizer _sizer;
    private ApplicationRecords? _records;
    private MemoryBio? _incoming;
    private MemoryBio? _outgoing;
    private TlsException? _failure;
    private bool _hasBegun;
    private bool _hasReceived;
    private bool _isShuttingDown;
    private bool _isDisposed;
    private ServerSelection? _selection;
    private MessageWatch? _watch;

    private BouncyCastleCore(TlsConnectionOptions options, bool mayWaitForSignature, Func<HandshakeGate, HandshakeTape?, CoreParts> make)
    {
        _options = options;
        _sizer = new RecordSizer(options.RecordSize, options.TimeProvider);
        _make = make;
        _tape = mayWaitForSignature ? new HandshakeTape(_gate, 4 * options.Limits.MaxHandshakeMessageSize) : null;
        Make();
    }

    /// <summary>A client's core, for one connection.</summary>
    /// <exception cref="ArgumentException">
    /// The options contradict themselves: no enabled protocol or one before TLS 1.2, no target host for a verification that needs one,
    /// an empty or double ALPN name. The message names which.
    /// </exception>
    public static BouncyCastleCore CreateClient(TlsClientOptions options)
    {
        var name = OptionRules.Check(options);
        var mayWait = options.ChooseCredential is not null || HasSignerElsewhere(options.AllCredentials);
        return new BouncyCastleCore(options, mayWait, (gate, tape) =>
        {
            var conduct = new PeerConduct(options.Limits) { Gate = gate };
            var crypto = new NativeCrypto(conduct, LogOf(options), options.RecordPadding, tape, options.Platform);
            var role = new ClientRole(options, name, crypto, conduct);
            return new CoreParts(new ClientEndpoint(role, conduct), conduct, crypto, role);
        });
    }

    /// <summary>A server's core, for one connection.</summary>
    /// <exception cref="ArgumentException">
    /// The options contradict themselves: no enabled protocol or one before TLS 1.2, an empty or double ALPN name. The message names which.
    /// </exception>
    public static BouncyCastleCore CreateServer(TlsServerOptions options)
    {
        OptionRules.Check(options);
        var isChoosing = ServerSelection.IsNeeded(options);
        TlsServerOptions? chosen = null;
        ServerRole? current = null;
        var core = new BouncyCastleCore(options, isChoosing || HasSignerElsewhere(options.AllCredentials), (gate, tape) =>
        {
            var conduct = new PeerConduct(options.Limits) { Gate = gate };
            var crypto = new NativeCrypto(conduct, LogOf(options), options.RecordPadding, tape, options.Platform);
            var role = current = new ServerRole(options, crypto, conduct);
            if (chosen is not null)
                role.Use(chosen);
            return new CoreParts(new ServerEndpoint(role, conduct), conduct, crypto, role);
        });
        if (isChoosing)
            core._selection = new ServerSelection(options, core._gate, choice => current!.Use(chosen = choice));
        return core;
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
    public bool IsEstablished => _conduct.IsEstablished && _failure is null;

    /// <inheritdoc/>
    public TlsSessionInfo? Session => _conduct.IsEstablished ? _negotiation.Session : null;

    /// <inheritdoc/>
    public int PendingPlaintext => _isShuttingDown || _isDisposed ? 0 : AtHand;

    /// <inheritdoc/>
    public bool IsCloseNotifyReceived => _conduct.IsCloseNotifyReceived;

    /// <inheritdoc/>
    public Action<TlsMessage>? MessageObserver
    {
        get;
        set
        {
            if (_hasBegun)
                throw new InvalidOperationException("The messages of a handshake are watched from its beginning, and it has begun.");

            field = value;
            _conduct.Watch = _watch = value is null ? null : new MessageWatch(value);
        }
    }

    /// <inheritdoc/>
    public void Attach(MemoryBio incoming, MemoryBio outgoing)
    {
        ArgumentNullException.ThrowIfNull(incoming);
        ArgumentNullException.ThrowIfNull(outgoing);
        if (_incoming is not null)
            throw new InvalidOperationException("A core is attached to its BIOs once.");

        _incoming = incoming;
        _outgoing = outgoing;
    }

    /// <inheritdoc/>
    public CoreStatus Read(Span<byte> destination, out int count)
    {
        count = 0;
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_isShuttingDown)
            return StepShutdown() == CoreStatus.Done ? CoreStatus.EndOfStream : CoreStatus.WantRead;

        if (PendingPlaintext == 0)
        {
            var status = Receive();
            if (status != CoreStatus.Done)
                return status;
        }

        if (!destination.IsEmpty)
            count = Records is { } records ? records.Read(destination) : _endpoint.Protocol.ReadApplicationData(destination);
        return CoreStatus.Done;
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> data)
    {
        ThrowIfUnusable();
        ThrowIfNotEstablished();
        if (_conduct.IsCloseNotifySent)
            throw new InvalidOperationException("Nothing can be written after our close_notify.");

        while (!data.IsEmpty)
        {
            // Through BouncyCastle, an answer that is due would go out with the data.
            if (IsTls13 && (_conduct.RecordsUnderKey >= _options.RecordsPerKey || (_conduct.IsKeyUpdateDue && Records is not null)))
                Run(static endpoint => endpoint.SendKeyUpdate(isAnswerWanted: false));

            var chunk = data[..Math.Min(data.Length, Math.Min(_sizer.Next(), _endpoint.Protocol.ApplicationDataLimit))];
            WriteRecord(chunk);
            _conduct.RecordsUnderKey++;
            _sizer.OnWritten(chunk.Length);
            data = data[chunk.Length..];
        }
    }

    /// <inheritdoc/>
    public void CloseWrite()
    {
        ThrowIfUnusable();
        ThrowIfNotEstablished();
        Run(static endpoint => endpoint.SendCloseNotify());
    }

    /// <inheritdoc/>
    public CoreStatus StepShutdown()
    {
        ThrowIfUnusable();
        ThrowIfNotEstablished();
        if (!_isShuttingDown)
        {
            _isShuttingDown = true;
            Discard();
            Run(static endpoint => endpoint.SendCloseNotify());
        }

        while (!_conduct.IsCloseNotifyReceived)
        {
            if (!TakeRecord())
                return CoreStatus.WantRead;

            // How much is taken is the connection's to bound: it gives up waiting, which is no failure.
            Discard();
        }

        return CoreStatus.Done;
    }

    /// <inheritdoc/>
    public void Shrink()
    {
        if (_isDisposed)
            return;

        _endpoint.Output.Shrink();
        QueueAccess.ApplicationData(_endpoint.Protocol).Shrink();
    }

    /// <summary>Lets go of keys and secrets. Nothing is sent; plaintext at hand is lost.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;

        _isDisposed = true;
        _gate.Abandon();
        _tape?.Erase();
        _crypto.Dispose();
        _endpoint.Forget();
        _negotiation.Forget();
    }

    private void Run(Action<IEndpoint> action)
    {
        try
        {
            action(_endpoint);
        }
        catch (Exception) when (_tape is { IsRerunDue: true })
        {
            // As in Offer.
        }
        catch (Exception e)
        {
            throw Failed(e);
        }
        finally
        {
            Drain();
        }
    }

    /// <summary>Parts for a pass through the handshake: the first, or another.</summary>
    [MemberNotNull(nameof(_endpoint), nameof(_conduct), nameof(_crypto), nameof(_negotiation))]
    private void Make()
    {
        (_endpoint, _conduct, _crypto, _negotiation) = _make(_gate, _tape);
        _conduct.Watch = _watch;
    }

    /// <summary>Ends the connection for a reason that BouncyCastle has not seen: it sends the alert.</summary>
    private TlsException Refused(TlsException refusal)
    {
        // A server that refuses by the ClientHello has not taken it.
        if (!_hasBegun)
            _watch?.ReceivedUntaken(_incoming!.Readable);
        Begin();
        Run(endpoint => endpoint.Fail(refusal));
        return Failed(refusal);
    }

    private TlsException Failed(Exception thrown, bool isOfInput = false)
    {
        if (_failure is null)
        {
            _failure = Faults.From(thrown, isOfInput);
            _negotiation.OnFailure();
        }

        return _failure;
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_incoming is null)
            throw new InvalidOperationException($"{nameof(Attach)} comes first: the core has no BIOs.");
        if (_failure is not null)
            throw _failure;
    }

    private void ThrowIfNotEstablished()
    {
        if (!_conduct.IsEstablished)
            throw new InvalidOperationException("The handshake has not finished.");
    }
}
