using System.Diagnostics.CodeAnalysis;
using TlsFsm.Connection;
using TlsFsm.Core;

namespace TlsFsm;

/// <summary>
/// One TLS connection's whole life (<c>SSLProtocol</c> of CPython's asyncio/sslproto): a protocol to the transport below, and through
/// <see cref="Transport"/> a transport to the application above.
/// </summary>
/// <remarks>
/// Does no I/O, reads no clock but the loop's, starts no thread. Everything happens inside calls of the transport, of the application, or
/// of the loop; two at once are detected and refused with <see cref="InvalidOperationException"/>.
/// Its <c>Life</c> is the whole state: four machines, for TLS, for what the application was told, and for the two directions.
/// </remarks>
public sealed partial class TlsConnection : IBufferedProtocol
{
    internal const int ReceiveSize = 256 * 1024; // As asyncio's: one read of the transport brings at most this much.

    private readonly Conductor _parts;

    /// <summary>A connection that waits for its transport. Nothing happens before <see cref="ConnectionMade"/>.</summary>
    /// <param name="loop">Where its timers and its later turns run.</param>
    /// <param name="application">
    /// Told what happens; with <see cref="TlsConnectionOptions.CallConnectionMade"/> false it is connected already.
    /// </param>
    /// <param name="core">The TLS library; owned by the connection from now on, for one connection only.</param>
    /// <param name="options">Deadlines, marks, limits: those of the core. <c>TlsEngine</c> takes them once for both.</param>
    /// <exception cref="ArgumentException">The water marks are not high >= low >= 0, or the core is of the other role.</exception>
    public TlsConnection(IEventLoop loop, IProtocol application, ITlsCore core, TlsConnectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(application);
        ArgumentNullException.ThrowIfNull(core);
        IMadeOfOptions.CheckRole(core, options);

        Loop = loop;
        Transport = new TlsTransport(this);
        _parts = new Conductor(loop, application, Transport, core, options);
        MessageObserver = options.MessageObserver;
    }

    /// <summary>What the application writes to and closes. Valid from the start, and harmless after the end.</summary>
    public TlsTransport Transport { get; }

    /// <summary>Completes when the handshake has finished; fails when it cannot any more.</summary>
    /// <value>Fails with the <see cref="TlsException"/> that ended it, the transport's error, or what the application threw.</value>
    public Task Handshake => _parts.Awaiter.Handshake;

    /// <summary>Where TLS is in its life.</summary>
    public TlsState State => _parts.Life.Tls;

    /// <summary>Where the peer's direction is.</summary>
    public ReadState ReadState => _parts.Life.Read;

    /// <summary>Where our own direction is.</summary>
    public WriteState WriteState => _parts.Life.Write;

    /// <summary>What the application has been told.</summary>
    public AppState AppState => _parts.Life.App;

    /// <summary>Why the connection ended; <see cref="CloseReason.None"/> while it has not.</summary>
    public CloseReason CloseReason => _parts.Ending.Reason;

    /// <summary>The error that ended the connection; null for a regular end, a deliberate abort, or none yet.</summary>
    public Exception? Failure => _parts.Ending.Failure;

    /// <summary>The last steps of its machines, oldest first; at most 32.</summary>
    public IReadOnlyList<Transition> Transitions => _parts.Life.Log.ToList();

    /// <summary>Told of every step of its machines, when it is made; for traces. Must not call back into the connection.</summary>
    /// <value>Set before the transport is connected, or on the loop. What it throws is reported on a later turn.</value>
    public Action<Transition>? Transitioned
    {
        get => _parts.Life.Log.Added;
        set => _parts.ObserveTransitions(value);
    }

    /// <summary>Shown each message: at first that of <see cref="TlsConnectionOptions.MessageObserver"/>, which says what holds.</summary>
    /// <value>Set before the transport is connected; a core that has no messages to show ignores it.</value>
    /// <exception cref="InvalidOperationException">Set after the transport was connected.</exception>
    public Action<TlsMessage>? MessageObserver
    {
        get => _parts.Application.MessageObserver;
        set => _parts.ObserveMessages(value);
    }

    /// <summary>Where all calls belong: post to it from other threads (<see cref="IEventLoop.CallSoon"/>).</summary>
    public IEventLoop Loop { get; }

    /// <summary>Told when one of the four flow controls is switched on or off. Else as <see cref="Transitioned"/>.</summary>
    public Action<TlsPause>? FlowPaused
    {
        get => _parts.Witness.PauseObserver;
        set => _parts.ObservePauses(value);
    }

    /// <summary>Its name in logs, <c>ConnectionId</c> in their scope, and in spans. Set as observers are.</summary>
    /// <value>The host's. Default, and after null: a number that no other connection of this process has.</value>
    [AllowNull]
    public string Id
    {
        get => _parts.Id;
        set => _parts.Name(value);
    }

    /// <summary>What the handshake settled; null before it finished.</summary>
    public TlsSessionInfo? Session => _parts.Core.Session;

    /// <summary>What it is made of.</summary>
    internal Conductor Parts => _parts;

    /// <summary>The transport stands: starts the handshake, in this very call (a deferred start loses early bytes).</summary>
    /// <param name="transport">The way down.</param>
    /// <exception cref="RefusedTriggerException">Called before: a connection is connected once.</exception>
    public void ConnectionMade(ITransport transport)
    {
        ArgumentNullException.ThrowIfNull(transport);
        using var use = _parts.SingleUse.Enter();
        _parts.Begin(transport);
    }

    /// <inheritdoc/>
    public Memory<byte> GetBuffer(int sizeHint)
    {
        using var use = _parts.SingleUse.Enter();
        var buffer = _parts.Core.Incoming.GetWritable(sizeHint is > 0 and <= ReceiveSize ? sizeHint : ReceiveSize);
        return buffer[..Math.Min(buffer.Length, ReceiveSize)];
    }

    /// <inheritdoc/>
    public void BufferUpdated(int count)
    {
        using var use = _parts.SingleUse.Enter();
        _parts.Arrive(count);
    }

    /// <inheritdoc/>
    public void DataReceived(ReadOnlySpan<byte> data)
    {
        using var use = _parts.SingleUse.Enter();
        if (data.IsEmpty)
            return;

        data.CopyTo(_parts.Core.Incoming.GetWritable(data.Length).Span);
        _parts.Arrive(data.Length);
    }

    /// <summary>The transport's stream has ended.</summary>
    /// <returns>
    /// True: the connection closes the transport itself. False, in <see cref="TlsState.Unwrapped"/>: the transport should.
    /// </returns>
    public bool EofReceived()
    {
        using var use = _parts.SingleUse.Enter();
        return _parts.EndStream();
    }

    /// <summary>The transport is gone.</summary>
    /// <param name="exception">Null when it was closed or aborted, else why.</param>
    public void ConnectionLost(Exception? exception)
    {
        using var use = _parts.SingleUse.Enter();
        _parts.Lose(exception);
    }

    /// <summary>The transport's write buffer is over its mark: output waits here. Also before <see cref="ConnectionMade"/>.</summary>
    public void PauseWriting()
    {
        using var use = _parts.SingleUse.Enter();
        _parts.PauseWriting();
    }

    /// <summary>The transport's write buffer is under its mark: output goes out again.</summary>
    public void ResumeWriting()
    {
        using var use = _parts.SingleUse.Enter();
        _parts.ResumeWriting();
    }

    /// <summary>For logs: where TLS, the directions and the application are.</summary>
    public override string ToString() => $"{nameof(TlsConnection)} {State}/{ReadState}/{WriteState}/{AppState}";
}
