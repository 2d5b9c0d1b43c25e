using TlsFsm.Machines;
using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>
/// A real connection over the toy core, between a transport and an application that note everything in one list, on virtual time.
/// </summary>
internal sealed class TestConnection
{
    private readonly List<string> _events = [];

    public TestConnection(
        TlsConnectionOptions? options = null, int? bufferSize = null, Func<TestConnection, TlsConnection>? make = null)
    {
        options ??= new TlsConnectionOptions { TolerateTruncation = true };
        Loop = new TurnByTurnLoop { Unhandled = exception => _events.Add($"hook: {TraceWorld.Kind(exception)}") };
        Application = bufferSize is { } size ? new RecordingBufferedApplication(_events, size) : new RecordingApplication(_events);
        Lower = new RecordingTransport(Loop, _events);
        Connection = make is null ? new TlsConnection(Loop, Application, new ToyCore(), options) : make(this);
        Connection.Parts.Awaiter.Settled = exception => _events.Add($"waiter: {(exception is null ? "ok" : TraceWorld.Kind(exception))}");
        Connection.Transitioned = transition =>
        {
            if (ShowsStates && transition.Machine == TlsMachine.Name && transition.From != transition.To)
                _events.Add($"{transition.From} > {transition.To}");
        };
        Lower.Protocol = Connection;
        if (!options.CallConnectionMade)
            Application.Transport = Connection.Transport;
    }

    public TurnByTurnLoop Loop { get; }

    public RecordingApplication Application { get; }

    public RecordingTransport Lower { get; }

    public TlsConnection Connection { get; }

    /// <summary>What the application writes to.</summary>
    public TlsTransport Transport => Connection.Transport;

    /// <summary>Whether the steps of the TLS machine stand in the events.</summary>
    public bool ShowsStates { get; set; }

    /// <summary>An upgrade: the application is connected already.</summary>
    public static TestConnection Upgrade(int? bufferSize = null) =>
        new(new TlsConnectionOptions { TolerateTruncation = true, CallConnectionMade = false }, bufferSize);

    /// <summary>Connected, the handshake finished, nothing queued, no events left.</summary>
    public static TestConnection Wrapped(TlsConnectionOptions? options = null, int? bufferSize = null)
    {
        var test = new TestConnection(options, bufferSize);
        test.Connect();
        test.Receive(Toy.Hello);
        test.Loop.Run();
        test.TakeEvents();
        return test;
    }

    public void Connect() => Connection.ConnectionMade(Lower);

    /// <summary>Bytes arrive, in one read of the transport.</summary>
    public void Receive(params byte[][] records)
    {
        byte[] bytes = [.. records.SelectMany(record => record)];
        bytes.CopyTo(Connection.GetBuffer(bytes.Length));
        Connection.BufferUpdated(bytes.Length);
    }

    /// <summary>The peer's stream ends. Where the connection does not close the transport, the transport closes itself.</summary>
    public void ReceiveEndOfStream()
    {
        if (!Connection.EofReceived())
            Lower.Close();
    }

    public void Lose(Exception? exception = null) => Connection.ConnectionLost(exception);

    public void Run() => Loop.Run();

    public void Advance(double seconds) => Loop.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>What has happened since they were last taken.</summary>
    public string[] TakeEvents()
    {
        string[] taken = [.. _events];
        _events.Clear();
        return taken;
    }

    /// <summary>Asserts what has happened since, in order and in full.</summary>
    public void AssertEvents(params string[] expected) => Assert.That(TakeEvents(), Is.EqualTo(expected));

    /// <summary>Asserts what has happened last, in order.</summary>
    public void AssertLastEvents(params string[] expected) => Assert.That(TakeEvents().TakeLast(expected.Length), Is.EqualTo(expected));
}
