using TlsFsm.Tests.Learning.Peers;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Learning;

/// <summary>
/// One connection of the running engine, met from outside: between a transport in memory and an application that does what it is told,
/// against a peer that says what it is told, on virtual time.
/// </summary>
internal sealed class Encounter : ISystem, ITransport, IProtocol
{
    // Longer than any deadline of the engine's.
    private static readonly TimeSpan LongTime = TimeSpan.FromMinutes(10);

    private readonly TurnByTurnLoop _loop = new();
    private readonly Symbol[] _alphabet;
    private readonly List<string> _seen = [];
    private readonly List<Transition> _walked = [];
    private readonly bool _tellsThatNothingCanCome;
    private bool _isMade;
    private bool _isKeptOpen;
    private bool _isStreamEnded;
    private bool _isClosing;
    private bool _isLost;

    public Encounter(Subject subject, Symbol[] alphabet)
    {
        _alphabet = alphabet;

        // With a reader that is behind, that the stream has ended is known to the peer long before it shows in anything.
        _tellsThatNothingCanCome = subject.IsPaused;
        _loop.Unhandled = exception => _seen.Add($"unhandled {exception.GetType().Name}");
        Peer = subject.MakePeer();
        Connection = subject.MakeConnection(_loop, this);
        Connection.Transitioned = _walked.Add;
        Connection.ConnectionMade(this);
        if (!subject.IsPaused)
            return;

        foreach (var message in Alphabet.Handshake(subject).Where(message => !IsBesideTheWay(subject, message)))
            message.Happens(this);
        _loop.Run();
        Assert.That(Connection.State, Is.EqualTo(TlsState.Wrapped), () => $"{Connection.Failure}");
        _seen.Clear();
    }

    public Peer Peer { get; }

    public TlsConnection Connection { get; }

    public Answer Begin() => Take();

    public Answer Step(int symbol)
    {
        _alphabet[symbol].Happens(this);
        _loop.Run();
        return Take();
    }

    public void Receive(byte[] bytes)
    {
        // Behind its end of stream, and behind ours, nothing comes through.
        if (_isStreamEnded && _tellsThatNothingCanCome && !_isClosing && !_isLost)
            _seen.Add("nothing can come");
        for (var at = 0; at < bytes.Length && !_isStreamEnded && !_isClosing && !_isLost;)
        {
            var buffer = Connection.GetBuffer(bytes.Length - at);
            var count = Math.Min(buffer.Length, bytes.Length - at);
            bytes.AsSpan(at, count).CopyTo(buffer.Span);
            Connection.BufferUpdated(count);
            at += count;
        }
    }

    public void ReceiveCloseNotify(bool isKeptOpen)
    {
        _isKeptOpen = isKeptOpen;
        Receive(Peer.CloseNotify());
    }

    public void ReceiveEndOfStream()
    {
        if (_isStreamEnded || _isClosing || _isLost)
            return;

        _isStreamEnded = true;
        if (!Connection.EofReceived())
            Close();
    }

    /// <summary>An application has its transport from ConnectionMade on.</summary>
    public void Write()
    {
        if (_isMade)
            Connection.Transport.Write("y"u8);
    }

    public void HalfClose()
    {
        if (_isMade)
            Connection.Transport.WriteEof();
    }

    public void Ask()
    {
        if (Connection.Session is not null)
            _seen.Add("session");
        if (Connection.Transport.IsClosing)
            _seen.Add("closing");
    }

    public void Elapse() => _loop.Advance(LongTime);

    public void Lose()
    {
        if (!_isClosing && !_isLost)
            TellLost(new IOException("The connection was reset."));
    }

    void ITransport.Write(ReadOnlySpan<byte> data) => _seen.AddRange(Peer.Take(data));

    // A few records are far below every mark.
    void ITransport.PauseReading() => _seen.Add("transport paused");

    void ITransport.ResumeReading() => _seen.Add("transport resumed");

    public void Close() => End("closed");

    void ITransport.Abort(Exception? reason) => End("cut");

    void IProtocol.ConnectionMade(ITransport transport)
    {
        _isMade = true;
        _seen.Add("made");
    }

    void IProtocol.DataReceived(ReadOnlySpan<byte> data) => _seen.Add("data");

    bool IProtocol.EofReceived()
    {
        _seen.Add("eof");
        return _isKeptOpen;
    }

    void IProtocol.ConnectionLost(Exception? exception) => _seen.Add("lost");

    void IProtocol.PauseWriting() => _seen.Add("pause");

    void IProtocol.ResumeWriting() => _seen.Add("resume");

    private static bool IsBesideTheWay(Subject subject, Symbol message) =>
        message.Name is nameof(Messages.HelloRequest) or "Certificate (none)"
        || (subject.IsTls13 && message.Name == "ChangeCipherSpec");

    private void End(string how)
    {
        if (_isClosing || _isLost)
            return;

        _isClosing = true;
        _seen.Add(how);
        _loop.CallSoon(_ => TellLost(null), null);
    }

    private void TellLost(Exception? exception)
    {
        if (_isLost)
            return;

        _isLost = true;
        Connection.ConnectionLost(exception);
        _seen.Add($"ends {Connection.CloseReason}");
    }

    private Answer Take()
    {
        var answer = new Answer(string.Join(", ", _seen), DrawnMachines.StatesOf(Connection), [.. _walked]);
        _seen.Clear();
        _walked.Clear();
        return answer;
    }
}
