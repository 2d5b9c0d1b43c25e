using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Docs;

/// <summary>What <c>docs/embedding.md</c> shows, compiled and run.</summary>
internal sealed class EmbeddingSnippets
{
    [Test]
    public void Two_ends_talk_over_a_transport_and_a_loop_of_the_callers()
    {
        var (serverApplication, clientApplication) = (new Note(), new Note());
        var serverOptions = new TlsServerOptions { Credential = TestCertificates.Server };
        var clientOptions = new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification };

        // begin embedding-wire
        var loop = new HandMadeLoop();
        var server = TlsEngine.Create(loop, serverApplication, serverOptions);
        var client = TlsEngine.Create(loop, clientApplication, clientOptions);

        // Each transport carries bytes to the other end's connection, on a turn of the loop.
        var toClient = new HandMadeTransport(loop, server, client);
        var toServer = new HandMadeTransport(loop, client, server);
        server.ConnectionMade(toClient);
        client.ConnectionMade(toServer);
        loop.Run();

        client.Transport.Write("hello"u8);
        client.Transport.Close();
        loop.Run();
        // end embedding-wire

        Assert.That(serverApplication.Text, Is.EqualTo("hello"));
        Assert.That((client.CloseReason, server.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
        Assert.That((serverApplication.IsLost, clientApplication.IsLost), Is.EqualTo((true, true)));
    }

    private sealed class Note : IProtocol
    {
        public string Text { get; private set; } = "";

        public bool IsLost { get; private set; }

        public void ConnectionMade(ITransport transport) { }

        public void DataReceived(ReadOnlySpan<byte> data) => Text += System.Text.Encoding.ASCII.GetString(data);

        public bool EofReceived() => false;

        public void ConnectionLost(Exception? exception) => IsLost = true;

        public void PauseWriting() { }

        public void ResumeWriting() { }
    }
}

// begin embedding-loop
internal sealed class HandMadeLoop : IEventLoop
{
    private readonly Queue<(Action<object?> Callback, object? State)> _turns = new();

    public TimeProvider TimeProvider => TimeProvider.System;
    public bool IsOnLoop => true;                            // one thread does it all
    public void CallSoon(Action<object?> callback, object? state) => _turns.Enqueue((callback, state));

    // A timer may fire anywhere; what it does belongs on a turn.
    public IDisposable CallLater(TimeSpan delay, Action<object?> callback, object? state) =>
        TimeProvider.CreateTimer(_ => CallSoon(callback, state), null, delay, Timeout.InfiniteTimeSpan);

    public void ReportUnhandled(Exception exception, string message) => throw new InvalidOperationException(message, exception);

    public void Run()
    {
        while (_turns.TryDequeue(out var turn))
            turn.Callback(turn.State);
    }
}
// end embedding-loop

// begin embedding-transport
internal sealed class HandMadeTransport(HandMadeLoop loop, TlsConnection ours, TlsConnection theirs) : ITransport
{
    private bool _isClosing;

    public void Write(ReadOnlySpan<byte> data)
    {
        var bytes = data.ToArray();                          // the span is the caller's again when we return
        loop.CallSoon(_ => theirs.DataReceived(bytes), null);
    }

    public void Close() => End(null);
    public void Abort(Exception? reason = null) => End(reason);
    public void PauseReading() { }                           // nothing to pause: both ends are here
    public void ResumeReading() { }
    public object? GetExtraInfo(string name, object? defaultValue = null) => defaultValue;

    private void End(Exception? reason)
    {
        if (_isClosing)
            return;

        _isClosing = true;
        loop.CallSoon(_ => ours.ConnectionLost(reason), null);
        loop.CallSoon(_ => theirs.EofReceived(), null);
    }
}
// end embedding-transport
