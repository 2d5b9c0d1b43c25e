using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Connection;

namespace TlsFsm.Tests.Exploration;

/// <summary>
/// A real connection over the toy core, with all that surrounds it. It knows what the peer has sent and what the application was
/// promised, so that it can be asked what is missing.
/// </summary>
internal sealed class World
{
    // What may wait in each direction: enough to be over a mark, and to have something behind it.
    private const int MaxUndecrypted = 2;
    private const int MaxUnsent = 40;

    private readonly List<string> _script = [];
    private readonly List<byte> _arrived = [];
    private byte[] _heldBack = [];
    private (int From, int To, string Kinds) _undecrypted = (0, 0, "");
    private int _wholeFromPeer;

    public World(Setting setting)
    {
        Setting = setting;
        Loop.Unhandled = exception =>
        {
            if (exception is AssertionException)
                throw exception;
            Journal.Add(Sight.Unhandled, exception.GetType().Name);
        };
        Application = setting.IsBuffered ? new ExploredBufferedApplication(this) : new ExploredApplication(this);
        Lower = new ExploredTransport(this, setting.IsSlow);
        Next = new NextProtocol(this);
        Asking = setting.AsksTheHost ? new DecidingCore(Core) : null;
        Connection = new TlsConnection(Loop, Application, Asking is null ? Core : Asking, setting.Options)
        {
            Transitioned = Note,
        };
        Connection.Parts.Awaiter.Settled = exception => Journal.Add(Sight.Settled, exception is null ? "ok" : exception.GetType().Name);
        Connection.Parts.KeepsReadingAfterLoss = setting.KeepsForItsReader;
        Lower.Protocol = Connection;
    }

    public Setting Setting { get; }

    public VirtualLoop Loop { get; } = new();

    public Journal Journal { get; } = new();

    public ToyCore Core { get; } = new();

    /// <summary>The core around it, where it asks its host something.</summary>
    public DecidingCore? Asking { get; }

    public TlsConnection Connection { get; }

    public TlsTransport Transport => Connection.Transport;

    public ExploredApplication Application { get; }

    public ExploredTransport Lower { get; }

    public NextProtocol Next { get; }

    /// <summary>What has been done to this world so far.</summary>
    public IReadOnlyList<string> Script => _script;

    /// <summary>TLS is over: it was connected, and is not any more.</summary>
    public bool IsUnwrapped => IsConnected && Connection.State == TlsState.Unwrapped;

    /// <summary>The application's bytes that were taken while its transport was not closing.</summary>
    public NumberedBytes Accepted { get; } = new();

    /// <summary>The peer's data, in whole records, before its end.</summary>
    public NumberedBytes FromPeer { get; } = new();

    /// <summary>How many bytes have arrived behind the peer's close_notify: the next protocol's, if there is one.</summary>
    public int BytesBehindClose { get; private set; }

    public bool IsConnected { get; private set; }

    public bool HasPeerClosed { get; private set; }

    public bool HasPeerFailed { get; private set; }

    public bool HasGreeted { get; private set; }

    public bool HasStreamEnded { get; private set; }

    /// <summary>The transport was lost by itself, and not because it was asked to end.</summary>
    public bool WasCutOff { get; private set; }

    /// <summary>It is lived again up to where it was: what is known of it is not looked at anew.</summary>
    public bool IsRelived { get; set; }

    /// <summary>A way out is being taken: nobody helps any more.</summary>
    public bool IsOnWayOut { get; set; }

    /// <summary>When TLS came to its end.</summary>
    public TimeSpan EndedAt { get; private set; }

    /// <summary>What the application was told with the loss.</summary>
    public Exception? LostWith { get; set; }

    /// <summary>The calls with which the application has ended something, and which were not refused.</summary>
    public List<Call> Endings { get; } = [];

    /// <summary>The application has ended both directions.</summary>
    public bool HasClosed => Endings.Exists(ending => ending != Call.WriteEof);

    /// <summary>How often the application has called since it closed, or since it was over.</summary>
    public int CallsAfterClose { get; private set; }

    public bool MayCall => (!HasClosed && !IsUnwrapped) || CallsAfterClose < Setting.CallsAfterClose;

    /// <summary>TLS has stopped after its handshake, and nobody has said how it goes on.</summary>
    public bool IsHeld => Setting.StopAfterHandshake && WasWrapped && !HasClosed && !IsContinued;

    public bool IsContinued { get; set; }

    /// <summary>TLS is over, and so is all that follows from it.</summary>
    public bool IsOver => IsUnwrapped && Loop.IsIdle;

    /// <summary>The handshake has finished, whatever came later.</summary>
    public bool WasWrapped => Journal.HasWrapped;

    /// <summary>There is room for more: the explorer bounds what waits.</summary>
    public bool HasRoomIn => BytesBehindClose == 0 && Undecrypted.Length < MaxUndecrypted
        && !Undecrypted.Contains('?', StringComparison.Ordinal);

    public bool HasRoomOut => Transport.WriteBufferSize + Lower.UnsentBytes < MaxUnsent;

    public bool CanReceive =>
        IsConnected && !Lower.IsLost && !Lower.IsClosing && !HasStreamEnded && Lower.Protocol == Connection;

    public bool HoldsBack => _heldBack.Length > 0;

    /// <summary>How many bytes of data the peer has sent in whole records, before its end.</summary>
    public int WholeFromPeer => HoldsBack ? _wholeFromPeer : FromPeer.Count;

    /// <summary>What has arrived and is not decrypted: the kinds of its records, a letter each; the last may be in part.</summary>
    public string Undecrypted
    {
        get
        {
            var from = Math.Max(0, _arrived.Count - Transport.ReadBufferSize);
            if (_undecrypted.From != from || _undecrypted.To != _arrived.Count)
                _undecrypted = (from, _arrived.Count, KindsFrom(from));
            return _undecrypted.Kinds;
        }
    }

    /// <summary>Whether the application holds its transport.</summary>
    public bool HasTransport => Setting.IsUpgrade || Journal.Has(Sight.Made);

    public void Perform(Step step)
    {
        _script.Add(step.Words);
        try
        {
            step.Play(this);
        }
        catch (Exception exception) when (exception is not AssertionException)
        {
            Journal.Add(Sight.Escaped, $"{exception.GetType().Name}: {exception.Message.Split('\n')[0]}");
        }
    }

    public void Connect()
    {
        IsConnected = true;
        Connection.ConnectionMade(Lower);
    }

    public void Greet()
    {
        HasGreeted = true;
        Deliver(Toy.Hello);
    }

    public void ReceiveData(int count) => Deliver(ToyCore.Record('d', Own(count)));

    public void ReceiveDataAndClose(int count)
    {
        Deliver([.. ToyCore.Record('d', Own(count)), .. Toy.CloseNotify]);
        HasPeerClosed |= !HasPeerFailed;
    }

    public void ReceiveDataAndBad(int count)
    {
        Deliver([.. ToyCore.Record('d', Own(count)), .. Toy.Bad]);
        HasPeerFailed |= !HasPeerClosed;
    }

    /// <summary>Half a record arrives; the rest comes with what comes next.</summary>
    public void ReceiveHalf(int count)
    {
        _wholeFromPeer = FromPeer.Count;
        var record = ToyCore.Record('d', Own(count));
        Deliver(record[..(record.Length / 2)]);
        _heldBack = record[(record.Length / 2)..];
    }

    public void ReceiveRest() => Deliver([]);

    public void ReceiveBad()
    {
        Deliver(Toy.Bad);
        HasPeerFailed |= !HasPeerClosed;
    }

    public void ReceiveKeyUpdate() => Deliver(Toy.KeyUpdate);

    public void ReceiveClose(int plainBytes = 0)
    {
        var isFirst = !HasPeerClosed && !HasPeerFailed;
        Deliver([.. Toy.CloseNotify, .. new byte[plainBytes]]);
        if (!isFirst)
            return;

        HasPeerClosed = true;
        BytesBehindClose = plainBytes;
    }

    public void EndStream()
    {
        HasStreamEnded = true;
        if (!Lower.Protocol.EofReceived())
            Lower.Close();
    }

    /// <summary>The transport is gone, by itself.</summary>
    public void CutOff(Exception? exception)
    {
        WasCutOff = true;
        Lose(exception);
    }

    public void Lose(Exception? exception)
    {
        if (Lower.IsLost)
            return;

        Lower.IsLost = true;
        Lower.DropUnsent();
        Lower.Protocol.ConnectionLost(exception);
    }

    public void PauseWriting(bool isPaused)
    {
        Lower.IsWritingPaused = isPaused;
        if (isPaused)
            Lower.Protocol.PauseWriting();
        else
            Lower.Protocol.ResumeWriting();
    }

    public void NoteCall()
    {
        if (HasClosed || IsUnwrapped)
            CallsAfterClose++;
    }

    private void Note(Transition step)
    {
        Journal.Add(step);
        if (Journal.Entries[^1].IsEnd)
            EndedAt = Loop.Now;
    }

    /// <summary>The bytes of a write: numbered if they are accepted, and marked if they are to be dropped.</summary>
    public byte[] OwnBytes(int count)
    {
        if (Loop.IsOnLoop && !Transport.IsClosing && !Transport.IsWriteClosed)
            return Accepted.Take(count);

        var refused = new byte[count];
        Array.Fill(refused, NumberedBytes.Refused);
        return refused;
    }

    private string KindsFrom(int from)
    {
        var kinds = "";
        for (var at = from; at < _arrived.Count;)
        {
            kinds += (char)_arrived[at];
            at += 3 + (at + 2 < _arrived.Count ? _arrived[at + 2] : 0);
            if (at > _arrived.Count)
                kinds += '-';
        }

        return kinds;
    }

    // What stands behind the peer's end, or behind a record that is none, is nobody's data.
    private byte[] Own(int count)
    {
        if (!HasPeerClosed && !HasPeerFailed && HasGreeted)
            return FromPeer.Take(count);

        var refused = new byte[count];
        Array.Fill(refused, NumberedBytes.Refused);
        return refused;
    }

    private void Deliver(byte[] bytes)
    {
        bytes = [.. _heldBack, .. bytes];
        _heldBack = [];
        if (HasPeerClosed)
            BytesBehindClose += bytes.Length;
        _arrived.AddRange(bytes);
        bytes.CopyTo(Connection.GetBuffer(bytes.Length));
        Connection.BufferUpdated(bytes.Length);
    }
}
