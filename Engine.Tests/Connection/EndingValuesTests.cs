using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>
/// Each end as values: the reason, whose fault it is, what the awaiter of the handshake is told, and which facts the four machines were
/// told since, in their order.
/// </summary>
[TestFixture]
internal sealed class EndingValuesTests
{
    private const string Closing = "Tls.CloseRequested Read.CloseRequested Write.CloseBegun Tls.Drained";
    private const string Over = "Read.ConnectionEnded Write.ConnectionEnded";
    private const string Told = "App.TransportLost";
    private const string Lost = $"Tls.TransportLost {Over} {Told}";

    private static readonly TlsConnectionOptions Strict = new();
    private static readonly TlsConnectionOptions Tolerant = new() { TolerateTruncation = true };
    private static readonly TlsConnectionOptions Keeping = new() { TolerateTruncation = true, AllowHalfCloseAtEndOfStream = true };
    private static readonly TlsConnectionOptions Stopping = new() { StopAfterHandshake = true };
    private static readonly TlsConnectionOptions Bounded = new() { Limits = new TlsLimits { MaxBufferedBytes = 100_000 } };

    private static IEnumerable<Case> Handshakes =>
    [
        new("a bad record", Strict,
            "Failed", "Failed PeerMisbehaved", "Failed PeerMisbehaved",
            $"Tls.Failed {Over} {Lost}",
            test => test.Receive(Toy.Bad)),
        new("a bad certificate", Strict,
            "Failed", "Failed CertificateRejected", "Failed CertificateRejected",
            $"Tls.Failed {Over} {Lost}",
            test => test.Receive(Toy.BadCertificate)),
        new("the deadline", Strict,
            "HandshakeTimeout", "HandshakeTimeout Timeout", "HandshakeTimeout Timeout",
            $"Tls.DeadlineElapsed {Over} {Lost}",
            test => test.Advance(60)),
        new("the end of the stream", Strict,
            "TransportLost", "TransportLost Network", "TransportLost Network",
            $"Tls.EndOfStream {Over} {Lost}",
            test => test.ReceiveEndOfStream()),
        new("a loss", Strict,
            "TransportLost", "none", "TransportLost Network",
            $"{Lost}",
            test => test.Lose()),
        new("a reset", Strict,
            "TransportLost", "ConnectionReset", "ConnectionReset",
            $"{Lost}",
            test => test.Lose(new ConnectionReset())),
        new("a close", Strict,
            "LocalAbort", "none", "LocalAbort None",
            $"Tls.CloseRequested {Over} {Lost}",
            test => test.Transport.Close()),
        new("an abort", Strict,
            "LocalAbort", "none", "LocalAbort None",
            $"Tls.Aborted {Over} {Lost}",
            test => test.Transport.Abort()),
        new("an abort with a reason", Strict,
            "LocalAbort", "ApplicationFailure", "ApplicationFailure",
            $"Tls.Aborted {Over} {Lost}",
            test => test.Transport.Abort(new ApplicationFailure())),
        new("a refusal", Strict,
            "LocalAbort", "LocalAbort None", "LocalAbort None",
            $"Tls.Aborted {Over} {Lost}",
            test => test.Transport.Abort(TlsAlert.AccessDenied)),
        new("connection_made throws", Strict,
            "Failed", "ApplicationFailure", "ApplicationFailure",
            $"Tls.HandshakeCompleted Read.HandshakeCompleted Write.HandshakeCompleted App.HandshakeCompleted Tls.Failed {Over} {Lost}",
            test =>
            {
                test.Application.OnConnectionMade = _ => throw new ApplicationFailure();
                test.Receive(Toy.Hello);
            }),
    ];

    private static IEnumerable<Case> Lives =>
    [
        new("a bad record", Strict,
            "Failed", "Failed PeerMisbehaved", "none",
            $"Read.RecordRefused Tls.Failed {Over} {Lost}",
            test => test.Receive(Toy.Bad)),
        new("a bad record in the shutdown", Strict,
            "Failed", "Failed PeerMisbehaved", "none",
            $"{Closing} Tls.Failed {Over} {Lost}",
            test =>
            {
                test.Transport.Close();
                test.Receive(Toy.Bad);
            }),
        new("a callback that throws", Strict,
            "Failed", "ApplicationFailure", "none",
            $"Tls.Failed {Over} {Lost}",
            test =>
            {
                test.Application.OnData = _ => throw new ApplicationFailure();
                test.Receive(Toy.Data("x"));
            }),
        new("a stream that is cut", Strict,
            "Truncated", "Truncated Network", "none",
            $"Read.EndOfStream Tls.EndOfStream Read.RestDelivered Tls.Failed {Over} {Lost}",
            test => test.ReceiveEndOfStream()),
        new("a stream that ends, and may", Tolerant,
            "Clean", "none", "none",
            $"Read.EndOfStream Tls.EndOfStream Read.RestDelivered App.EndReached Write.CloseBegun Tls.Drained "
            + $"Write.ShutdownCompleted {Lost}",
            test => test.ReceiveEndOfStream()),
        new("a stream that ends, may, and is kept open", Keeping,
            "Clean", "none", "none",
            $"Read.EndOfStream Tls.EndOfStream Read.RestDelivered App.EndReached Write.KeptOpen {Closing} Write.ShutdownCompleted {Lost}",
            test =>
            {
                test.Application.KeepsOpen = true;
                test.ReceiveEndOfStream();
                test.Transport.Close();
            }),
        new("a close that is answered", Strict,
            "Clean", "none", "none",
            $"{Closing} Read.CloseNotifyReceived App.EndReached Write.ShutdownCompleted {Lost}",
            test =>
            {
                test.Transport.Close();
                test.Receive(Toy.CloseNotify);
            }),
        new("a close at which the stream ends", Strict,
            "Unanswered", "none", "none",
            $"{Closing} Read.EndOfStream Tls.EndOfStream Read.AnswerGivenUp App.EndReached Write.ShutdownCompleted {Lost}",
            test =>
            {
                test.Transport.Close();
                test.ReceiveEndOfStream();
            }),
        new("a close that is never answered", Strict,
            "ShutdownTimeout", "ShutdownTimeout Timeout", "none",
            $"{Closing} Tls.DeadlineElapsed {Over} {Lost}",
            test =>
            {
                test.Transport.Close();
                test.Advance(30);
            }),
        new("a close of the peer's", Strict,
            "Clean", "none", "none",
            $"Read.CloseNotifyReceived App.EndReached Write.CloseBegun Tls.CloseNotifyReceived Tls.Drained "
            + $"Write.ShutdownCompleted {Lost}",
            test => test.Receive(Toy.CloseNotify)),
        new("a close of the peer's, kept open until ours", Strict,
            "Clean", "none", "none",
            $"Read.CloseNotifyReceived App.EndReached Write.KeptOpen {Closing} Write.ShutdownCompleted {Lost}",
            test =>
            {
                test.Application.KeepsOpen = true;
                test.Receive(Toy.CloseNotify);
                test.Transport.Close();
            }),
        new("a half-close, then the peer's close", new TlsConnectionOptions { AllowHalfCloseOnTls12 = true },
            "Clean", "none", "none",
            $"Write.WriteCloseRequested Read.CloseNotifyReceived App.EndReached Write.CloseBegun "
            + $"Tls.CloseNotifyReceived Tls.Drained Write.ShutdownCompleted {Lost}",
            test =>
            {
                test.Transport.WriteEof();
                test.Receive(Toy.CloseNotify);
            }),
        new("an abort", Strict,
            "LocalAbort", "none", "none",
            $"Tls.Aborted {Over} {Lost}",
            test => test.Transport.Abort()),
        new("an abort of a transport that then fails", Strict,
            "LocalAbort", "ConnectionReset", "none",
            $"Tls.Aborted {Over} {Lost}",
            test =>
            {
                test.Lower.IsLostByItself = false;
                test.Transport.Abort();
                test.Lose(new ConnectionReset());
            }),
        new("a close that is done on a transport that then fails", Strict,
            "TransportLost", "ConnectionReset", "none",
            $"{Closing} Read.CloseNotifyReceived App.EndReached Write.ShutdownCompleted {Lost}",
            test =>
            {
                test.Lower.IsLostByItself = false;
                test.Transport.Close();
                test.Receive(Toy.CloseNotify);
                test.Run();
                test.Lose(new ConnectionReset());
            }),
        new("a refusal", Strict,
            "LocalAbort", "LocalAbort None", "none",
            $"Tls.Aborted {Over} {Lost}",
            test => test.Transport.Abort(TlsAlert.AccessDenied)),
        new("a loss", Strict,
            "TransportLost", "none", "none",
            $"{Lost}",
            test => test.Lose()),
        new("a reset", Strict,
            "TransportLost", "ConnectionReset", "none",
            $"{Lost}",
            test => test.Lose(new ConnectionReset())),
        new("a loss in the shutdown", Strict,
            "TransportLost", "none", "none",
            $"{Closing} {Lost}",
            test =>
            {
                test.Transport.Close();
                test.Lose();
            }),
        new("a transport that does not pause", Bounded,
            "Failed", "Failed Network", "none",
            $"Tls.Failed {Over} {Lost}",
            test =>
            {
                test.Transport.PauseReading();
                test.Receive(new byte[100_001]);
            }),
        new("a return to plaintext", Strict,
            "Clean", "none", "none",
            $"{Closing} Read.CloseNotifyReceived App.EndReached Write.ShutdownCompleted Tls.TransportHandedOver {Over} {Told}",
            test =>
            {
                test.Connection.Unwrap(new PlainProtocolRecorder([]));
                test.Receive(Toy.CloseNotify);
            }),
        new("a return to plaintext that the peer does not make", Strict,
            "Unanswered", "Unanswered Network", "none",
            $"{Closing} Read.EndOfStream Tls.EndOfStream Read.AnswerGivenUp App.EndReached Write.ShutdownCompleted {Lost}",
            test =>
            {
                test.Connection.Unwrap(new PlainProtocolRecorder([]));
                test.ReceiveEndOfStream();
            }),
        new("a detachment", Stopping,
            "Detached", "none", "none",
            $"Tls.TransportHandedOver {Over} {Told}",
            test => test.Connection.Detach(new PlainProtocolRecorder([]))),
    ];

    [Test]
    public void A_handshake_that_fails_says_why_by_values([ValueSource(nameof(Handshakes))] Case end)
    {
        var test = new TestConnection(end.Options);
        test.Connect();

        AssertEnd(end, test);
    }

    [Test]
    public void A_life_that_ends_says_why_by_values([ValueSource(nameof(Lives))] Case end) =>
        AssertEnd(end, TestConnection.Wrapped(end.Options));

    private static void AssertEnd(Case end, TestConnection test)
    {
        var before = test.Connection.Transitions.Count;

        end.Act(test);
        test.Run();

        Assert.That($"{test.Connection.CloseReason}", Is.EqualTo(end.Reason));
        Assert.That(Show(test.Connection.Failure), Is.EqualTo(end.Failure));
        Assert.That(Show(test.Connection.Handshake.Exception?.InnerException), Is.EqualTo(end.Awaiter));
        Assert.That(
            string.Join(' ', test.Connection.Transitions.Skip(before).Select(step => $"{step.Machine}.{step.Trigger}")),
            Is.EqualTo(end.Steps));
        Assert.That(test.Loop.ArmedTimers, Is.Zero);
        if (test.Connection.Failure is TlsException failure)
            Assert.That(failure.Transitions, Is.Not.Empty, "it carries the way there");
    }

    /// <summary>Its values if it is one of ours, else its type.</summary>
    private static string Show(Exception? exception) => exception switch
    {
        null => "none",
        TlsException tls => $"{tls.Reason} {tls.Fault}",
        _ => exception.GetType().Name,
    };

    /// <param name="Name">What happens.</param>
    /// <param name="Options">To a connection of these.</param>
    /// <param name="Reason">What its <see cref="CloseReason"/> is.</param>
    /// <param name="Failure">What it failed with.</param>
    /// <param name="Awaiter">What the awaiter of the handshake is told.</param>
    /// <param name="Steps">What the machines were told.</param>
    /// <param name="Act">Makes it happen.</param>
    internal sealed record Case(
        string Name, TlsConnectionOptions Options, string Reason, string Failure, string Awaiter, string Steps, Action<TestConnection> Act)
    {
        public override string ToString() => Name;
    }
}
