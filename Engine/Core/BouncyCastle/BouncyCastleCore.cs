using TlsFsm.Abstractions;
using TlsFsm.Buffers;
using TlsException = TlsFsm.Abstractions.TlsException;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>TLS 1.2 and 1.3 over BouncyCastle, which is offered one record at a time; records and signatures are the platform's work.</summary>
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

    private BouncyCastleCore(TlsConnectionOptions options, bool mayWaitForSignature, Func<HandshakeGate, HandshakeTape?, CoreParts> make)
    {
        _options = options;
        _sizer = new RecordSizer(options.RecordSize, options.TimeProvider);
        _make = make;
        _tape = mayWaitForSignature ? new HandshakeTape(_gate, 4 * options.Limits.MaxHandshakeMessageSize) : null;
        (_endpoint, _conduct, _crypto, _negotiation) = make(_gate, _tape);
    }

    /// <summary>A client's core, for one connection.</summary>
    /// <exception cref="ArgumentException">
    /// The options contradict themselves: no enabled protocol or one before TLS 1.2, no target host for a verification that needs one,
    /// an empty or double ALPN name. The message names which.
    /// </exception>
    public static BouncyCastleCore CreateClient(TlsClientOptions options)
    {
        var name = OptionRules.Check(options);
        var mayWait = options.ChooseCredential is not null || options.Credential?.Signer is not null || options.Credentials.Any(one => one.Signer is not null);
        return new BouncyCastleCore(options, mayWait, (gate, tape) =>
        {
            var conduct = new PeerConduct(options.Limits) { Gate = gate };
            var crypto = new NativeCrypto(conduct, LogOf(options), options.RecordPadding, tape, options.Platform);
            var peer = new ClientPeer(options, name, crypto, conduct);
            return new CoreParts(new ClientEndpoint(peer, conduct), conduct, crypto, peer);
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
        ServerPeer? current = null;
        var core = new BouncyCastleCore(options, isChoosing || options.Credential?.Signer is not null, (gate, tape) =>
        {
            var conduct = new PeerConduct(options.Limits) { Gate = gate };
            var crypto = new NativeCrypto(conduct, LogOf(options), options.RecordPadding, tape, options.Platform);
            var peer = current = new ServerPeer(options, crypto, conduct);
            if (chosen is not null)
                peer.Use(chosen);
            return new CoreParts(new ServerEndpoint(peer, conduct), conduct, crypto, peer);
        });
        if (isChoosing)
            core._selection = new ServerSelection(options, core._gate, choice => current!.Use(chosen = choice));
        return core;
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

    private void WriteRecord(ReadOnlySpan<byte> data)
    {
        if (Records is { } records)
        {
            records.Write(data);
            return;
        }

        try
        {
            _endpoint.Protocol.WriteApplicationData(data);
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

    /// <inheritdoc/>
    public void CloseWrite()
    {
        ThrowIfUnusable();
        ThrowIfNotEstablished();
        Run(static endpoint => endpoint.SendCloseNotify());
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
        (_endpoint, _conduct, _crypto, _negotiation) = _make(_gate, tape);
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

        var output = new byte[_endpoint.Output.Available];
        _endpoint.Output.RemoveData(output, 0);
        try
        {
            var added = tape.NewPartOf(output);
            _outgoing!.Write(added);
            tape.Sent(added);
        }
        catch (TlsException fault)
        {
            _failure ??= fault;
        }

        if (_failure is not null)
            throw _failure;
    }

    /// <summary>The short way of application data; null before the handshake has finished, and where the platform does not protect records.</summary>
    private ApplicationRecords? Records => _records ??= _conduct.IsEstablished && _crypto.RecordCipher is { } cipher
        ? new ApplicationRecords(cipher, _endpoint.Protocol.ApplicationDataLimit, _incoming!, _outgoing!)
        : null;

    private int AtHand => Records is { } records ? records.Pending : _endpoint.Protocol.ApplicationDataAvailable;

    /// <summary>Takes records until one brings plaintext.</summary>
    private CoreStatus Receive()
    {
        ThrowIfUnusable();
        ThrowIfNotEstablished();
        var status = CoreStatus.Done;
        while (status == CoreStatus.Done && PendingPlaintext == 0)
        {
            if (_conduct.IsCloseNotifyReceived)
                status = CoreStatus.EndOfStream;
            else if (!TakeRecord())
                status = CoreStatus.WantRead;
        }

        // RFC 8446 section 4.6.3: due before our next data. BouncyCastle waits for that, which a pure reader never sends.
        if (_conduct.IsKeyUpdateDue && !_conduct.IsCloseNotifySent)
            Run(static endpoint => endpoint.SendKeyUpdate(isAnswerWanted: false));

        return status;
    }

    /// <summary>Takes the record at the front of the incoming BIO: application data by the short way, everything else through BouncyCastle.</summary>
    /// <returns>False when it is not there in full.</returns>
    private bool TakeRecord()
    {
        var incoming = _incoming!;
        if (MayBeEarlyData(out var size))
        {
            if (incoming.Pending < size)
                return false;
            if (TrySkipEarlyData(size))
                return true;
        }

        RecordHeader header;
        try
        {
            if (!RecordHeader.TryRead(incoming.Readable, _conduct.Phase, out header))
                return false;

            _conduct.CheckHeader(header);
            if (incoming.Pending < header.RecordSize)
                return false;

            _tape?.Received(incoming.Readable[..header.RecordSize]);
            _hasReceived = true;
            _conduct.BeginRecord(header, incoming.Readable[RecordHeader.Size..header.RecordSize]);
        }
        catch (TlsException refusal)
        {
            throw Refused(refusal);
        }

        var records = Records;
        if (records is null || !records.TryOpen(header, out var count))
            count = Offer(header);
        else if (_conduct.IsInsideMessage)
            records.Discard();

        try
        {
            _conduct.EndRecord(count);
        }
        catch (TlsException refusal)
        {
            throw Refused(refusal);
        }

        return true;
    }

    /// <summary>Offers a record to BouncyCastle.</summary>
    /// <returns>How many bytes of application data it brought.</returns>
    private int Offer(RecordHeader header)
    {
        var incoming = _incoming!;
        var before = _endpoint.Protocol.ApplicationDataAvailable;
        try
        {
            // Exactly one record: BouncyCastle decrypts it where it lies, and makes no copy.
            var segment = incoming.Segment;
            _endpoint.Protocol.OfferInput(segment.Array!, segment.Offset, header.RecordSize);
        }
        catch (Exception) when (_tape is { IsRerunDue: true })
        {
            // The step wanted a signature that is not in. It comes again from the beginning.
            return 0;
        }
        catch (Exception e)
        {
            throw Failed(e, isOfInput: true);
        }
        finally
        {
            incoming.Consume(header.RecordSize);
            Drain();
        }

        return _endpoint.Protocol.ApplicationDataAvailable - before;
    }

    private void Run(Action<IEndpoint> action)
    {
        try
        {
            action(_endpoint);
        }
        catch (Exception) when (_tape is { IsRerunDue: true })
        {
            // As in TakeRecord.
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

    /// <summary>Ends the connection for a reason that BouncyCastle has not seen: it sends the alert.</summary>
    private TlsException Refused(TlsException refusal)
    {
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

    private void Discard()
    {
        if (Records is { } records)
        {
            records.Discard();
            return;
        }

        var plaintext = QueueAccess.ApplicationData(_endpoint.Protocol);
        plaintext.RemoveData(plaintext.Available);
    }

    /// <summary>Moves all that BouncyCastle has to send, alerts included, into the outgoing BIO.</summary>
    private void Drain()
    {
        var output = _endpoint.Output;
        var count = output.Available;
        if (count == 0)
            return;

        // What a dropped step has put out must not leave: it comes again.
        if (_tape is { IsRerunDue: true })
            return;

        var destination = _outgoing!.GetWritable(count).Span[..count];
        output.RemoveData(destination, 0);
        _tape?.Sent(destination);
        _outgoing.Commit(count);
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
