using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Replay;
using TlsFsm.Core.BouncyCastle.Roles;
using TlsFsm.Core.Decisions;
using TlsFsm.Core.Messages;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>
/// One connection's BouncyCastle between its two BIOs: runs a step of it, moves out what it has to send, and keeps the one failure that
/// ends it.
/// </summary>
internal sealed class LibraryLink : IDisposable
{
    private Func<HandshakeGate, HandshakeTape?, CoreParts>? _make;
    private MemoryBio? _incoming;
    private MemoryBio? _outgoing;
    private bool _isDisposed;

    /// <param name="hasTape">Whether the handshake may have to be gone through again.</param>
    /// <param name="make">Makes the parts for a pass through the handshake.</param>
    public LibraryLink(bool hasTape, Func<HandshakeGate, HandshakeTape?, CoreParts> make)
    {
        LibraryFit.Ensure();
        _make = make;
        Tape = hasTape ? new HandshakeTape(Gate) : null;
        Parts = make(Gate, Tape);
    }

    /// <summary>Where the handshake waits for decisions.</summary>
    public HandshakeGate Gate { get; } = new();

    /// <summary>What is needed to go through the handshake again; null when that cannot come about (any more).</summary>
    public HandshakeTape? Tape { get; private set; }

    /// <summary>The parts of the present pass.</summary>
    public CoreParts Parts { get; private set; }

    /// <summary>Shows messages to an observer; null without one.</summary>
    public MessageWatch? Watch
    {
        get;
        set => Parts.Contents.Watch = field = value;
    }

    /// <summary>Ciphertext received and not yet consumed.</summary>
    public MemoryBio Incoming => _incoming!;

    /// <summary>Ciphertext produced and not yet handed to the transport.</summary>
    public MemoryBio Outgoing => _outgoing!;

    /// <summary>How the connection has failed; null while it has not.</summary>
    public TlsException? Failure { get; set; }

    /// <summary>Whether BouncyCastle has begun its handshake.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether a step was dropped for want of a signature that has come, or is to come.</summary>
    public bool IsRerunDue => Tape is { IsRerunDue: true };

    public void Attach(MemoryBio incoming, MemoryBio outgoing)
    {
        if (_incoming is not null)
            throw new InvalidOperationException("A core is attached to its BIOs once.");

        _incoming = incoming;
        _outgoing = outgoing;
    }

    /// <summary>Starts the handshake, once.</summary>
    public void Begin()
    {
        if (HasBegun)
            return;

        HasBegun = true;
        Run(static endpoint => endpoint.Begin());
    }

    /// <summary>Runs a step, and moves out what it has to send.</summary>
    /// <param name="step">The step.</param>
    /// <param name="isOfInput">Whether it processes what the peer sent.</param>
    /// <exception cref="TlsException">It failed.</exception>
    public void Run(Action<IEndpoint> step, bool isOfInput = false)
    {
        try
        {
            step(Parts.Endpoint);
        }
        catch (Exception) when (IsRerunDue)
        {
            // The step wanted a signature that is not in. It comes again from the beginning.
        }
        catch (Exception e)
        {
            throw Failed(e, isOfInput);
        }
        finally
        {
            Drain();
        }
    }

    /// <summary>Moves all that BouncyCastle has to send, alerts included, into the outgoing BIO.</summary>
    public void Drain()
    {
        var output = Parts.Endpoint.Output;
        var count = output.Available;

        // What a dropped step has put out must not leave: it comes again.
        if (count == 0 || IsRerunDue)
            return;

        var destination = Outgoing.GetWritable(count).Span[..count];
        output.RemoveData(destination, 0);
        Tape?.Sent(destination);
        Outgoing.Commit(count);
        Watch?.Leave();
    }

    /// <summary>Ends the connection for a reason that BouncyCastle has not seen: it sends the alert.</summary>
    /// <returns>The failure to throw.</returns>
    public TlsException Refused(TlsException refusal)
    {
        // A server that refuses by the ClientHello has not taken it.
        if (!HasBegun)
            Watch?.ReceivedUntaken(Incoming.Readable);
        Begin();
        Run(endpoint => endpoint.Fail(refusal));
        return Failed(refusal);
    }

    /// <summary>The connection has failed. The first failure counts.</summary>
    /// <param name="thrown">What was thrown.</param>
    /// <param name="isOfInput">Whether over what the peer sent.</param>
    /// <returns>The failure to throw.</returns>
    public TlsException Failed(Exception thrown, bool isOfInput = false)
    {
        if (Failure is null)
        {
            Failure = Faults.From(thrown, isOfInput);
            try
            {
                Parts.Negotiation.OnFailure();
            }
            catch (Exception e) when (Gate.Unheard is not null)
            {
                // The first failure is told; what the session cache throws over it goes to the loop.
                Gate.Unheard(e, "What a failed handshake or connection leaves behind could not be forgotten.");
            }
        }

        return Failure;
    }

    /// <summary>Parts for another pass through the handshake.</summary>
    public void Remake()
    {
        ForgetParts();
        Parts = _make!(Gate, Tape);
        Parts.Contents.Watch = Watch;
    }

    /// <summary>The handshake is over: it is not gone through again.</summary>
    public void EraseTape()
    {
        Tape?.Erase();
        Tape = null;
        _make = null;
    }

    public void ThrowIfUnusable()
    {
        ThrowIfDisposed();
        if (_incoming is null)
            throw new InvalidOperationException($"{nameof(Attach)} comes first: the core has no BIOs.");
        if (Failure is not null)
            throw Failure;
    }

    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, typeof(BouncyCastleCore));

    public void ThrowIfNotEstablished()
    {
        if (!Parts.Conduct.IsEstablished)
            throw new InvalidOperationException("The handshake has not finished.");
    }

    /// <summary>Lets go of keys and secrets.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;

        _isDisposed = true;
        Gate.Abandon();
        Tape?.Erase();
        ForgetParts();
        Parts.Negotiation.Forget();
    }

    private void ForgetParts()
    {
        Parts.Crypto.Dispose();
        Parts.Endpoint.Forget();
    }
}
