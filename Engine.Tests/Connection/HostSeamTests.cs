using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TlsFsm.Connection;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>What a connection offers its host beyond the application's view: a rest that is delivered after the loss, a close that is not
/// awaited, when the way down is clear; and what it reports of foreign code, in which words.</summary>
[TestFixture]
internal sealed class HostSeamTests
{
    [Test]
    public void What_had_arrived_is_delivered_after_the_loss_to_whoever_keeps_it_for_a_reader(
        [Values(null, 1, 4, 5, 100)] int? bufferSize, [Values] bool isPaused)
    {
        var test = TestConnection.Wrapped(bufferSize: bufferSize);
        test.Connection.Parts.KeepsReadingAfterLoss = true;
        test.Transport.PauseReading();
        test.Receive(Toy.Data("01234567"), Toy.Data("89"));
        if (!isPaused)
            test.Transport.ResumeReading();
        test.Application.OnData = transport => transport.Write("nobody hears this"u8);

        test.Lose();
        test.Run();

        Assert.That(test.Application.Received, Is.EqualTo("0123456789"u8.ToArray()));
        Assert.That(test.Lower.Written.AsSpan().EndsWith(Toy.Hello), Is.True, "a transport that is gone is handed nothing");
        Assert.That(test.TakeEvents()[^1], Is.EqualTo("lost: none"));
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.TransportLost));
    }

    [Test]
    public void Without_such_a_reader_what_had_arrived_goes_with_the_connection_and_so_it_does_in_a_handshake([Values] bool isWrapped)
    {
        var test = isWrapped ? TestConnection.Wrapped() : new TestConnection();
        test.Connection.Parts.KeepsReadingAfterLoss = !isWrapped;
        if (!isWrapped)
            test.Connect();
        test.Transport.PauseReading();
        test.Receive(isWrapped ? Toy.Data("unread") : Toy.Hello[..4]);

        test.Lose();
        test.Run();

        Assert.That(test.Application.Received, Is.Empty);
    }

    [Test]
    public void The_rest_of_a_stream_that_had_ended_is_delivered_after_the_loss_too()
    {
        var test = TestConnection.Wrapped();
        test.Connection.Parts.KeepsReadingAfterLoss = true;
        test.Transport.PauseReading();
        test.Receive(Toy.Data("rest"));
        test.ReceiveEndOfStream();

        test.Lose();
        test.Run();

        Assert.That(test.Application.Received, Is.EqualTo("rest"u8.ToArray()));
    }

    [Test]
    public void A_close_whose_answer_is_given_up_ends_like_one_that_got_none()
    {
        var test = TestConnection.Wrapped();
        test.Transport.Close();
        test.TakeEvents();

        test.Connection.Parts.GiveUpAnswer();
        test.Run();

        test.AssertEvents("transport closes", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Unanswered));
        Assert.That(test.Loop.ArmedTimers, Is.Zero);
    }

    [Test]
    public void Where_no_answer_is_awaited_none_is_given_up([Values("open", "answered", "over")] string when)
    {
        var test = TestConnection.Wrapped();
        if (when == "answered")
        {
            test.Connection.PauseWriting();
            test.Transport.Close();
            test.Receive(Toy.CloseNotify);
        }
        else if (when == "over")
        {
            test.Transport.Abort();
        }

        test.Run();
        test.TakeEvents();
        var state = test.Connection.ToString();

        test.Connection.Parts.GiveUpAnswer();
        test.Run();

        test.AssertEvents();
        Assert.That(test.Connection.ToString(), Is.EqualTo(state));
    }

    [Test]
    public void The_way_down_is_clear_when_nothing_waits_and_the_transport_takes_more_and_that_is_told()
    {
        var test = TestConnection.Wrapped();
        var outgoing = test.Connection.Parts.Outgoing;
        var told = 0;
        outgoing.Cleared = () => told++;

        Assert.That(outgoing.IsClear, Is.True);
        test.Transport.Write("goes"u8);
        Assert.That((outgoing.IsClear, told), Is.EqualTo((true, 1)));
        test.Connection.PauseWriting();
        Assert.That(outgoing.IsClear, Is.False);
        test.Transport.Write("waits"u8);
        Assert.That((outgoing.IsClear, told), Is.EqualTo((false, 1)));
        test.Connection.ResumeWriting();

        Assert.That((outgoing.IsClear, told), Is.EqualTo((true, 2)));
    }

    [Test]
    public void Ciphertext_that_waits_below_a_pause_that_is_over_is_not_clear()
    {
        var test = TestConnection.Wrapped();
        test.Connection.PauseWriting();
        test.Transport.Write("x"u8);
        var outgoing = test.Connection.Parts.Outgoing;

        test.Connection.Parts.Down.IsPaused = false;

        Assert.That(outgoing.IsClear, Is.False);
    }

    [Test]
    public void A_connection_is_called_what_its_host_calls_it_at_any_time()
    {
        var test = TestConnection.Wrapped();

        test.Connection.Id = "mine";

        Assert.That(test.Connection.Id, Is.EqualTo("mine"));
    }

    [TestCase("connection_made")]
    [TestCase("data_received")]
    [TestCase("get_buffer")]
    [TestCase("buffer_updated")]
    [TestCase("eof_received")]
    [TestCase("pause_writing")]
    [TestCase("resume_writing")]
    public void What_a_callback_throws_is_reported_under_its_name(string callback)
    {
        var test = new TestConnection(bufferSize: callback.Contains("buffer", StringComparison.Ordinal) ? 10 : null);
        var app = test.Application;
        Action<TlsTransport> fails = _ => throw new ApplicationFailure();
        app.OnConnectionMade = callback == "connection_made" ? fails : null;
        app.OnData = callback is "data_received" or "buffer_updated" ? fails : null;
        app.OnEof = callback == "eof_received" ? fails : null;
        app.OnPauseWriting = callback == "pause_writing" ? fails : null;
        app.OnResumeWriting = callback == "resume_writing" ? fails : null;
        if (callback == "get_buffer")
            ((RecordingBufferedApplication)app).BufferInstead = _ => throw new ApplicationFailure();

        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();
        test.Transport.SetWriteBufferLimits(high: 0);
        test.Connection.PauseWriting();
        test.Transport.Write("x"u8);
        test.Connection.ResumeWriting();
        test.Receive(Toy.Data("in"));
        test.Receive(Toy.CloseNotify);
        test.Run();

        Assert.That(test.Loop.Reports, Is.EqualTo((string[])[$"{callback}() failed"]));
    }

    [Test]
    public void A_logger_never_throws_and_says_what_its_provider_threw()
    {
        var failures = new List<Exception>();
        var logger = GuardedLogger.Create<TlsConnection>(new Loggers(factoryFails: false), failures.Add);

        Assert.That(logger.BeginScope("scope"), Is.Null);
        Assert.That(logger.IsEnabled(LogLevel.Error), Is.False);
        logger.Log(LogLevel.Error, 1, "state", null, (_, _) => "text");

        Assert.That(failures, Has.Count.EqualTo(3).And.All.InstanceOf<ApplicationFailure>());
    }

    [Test]
    public void Where_there_is_no_logger_or_none_can_be_made_nothing_is_logged()
    {
        var failures = new List<Exception>();

        Assert.That(GuardedLogger.Create<TlsConnection>(null, failures.Add), Is.SameAs(NullLogger.Instance));
        Assert.That(GuardedLogger.Create<TlsConnection>(NullLoggerFactory.Instance, failures.Add), Is.SameAs(NullLogger.Instance));
        Assert.That(failures, Is.Empty);
        Assert.That(GuardedLogger.Create<TlsConnection>(new Loggers(factoryFails: true), failures.Add), Is.SameAs(NullLogger.Instance));
        Assert.That(failures, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_shutdown_that_a_transport_holds_up_says_how_many_bytes_wait_down_to_the_last()
    {
        var loop = new Support.TurnByTurnLoop();
        var lower = new DrainingTransport(loop, []);
        var connection = new TlsConnection(loop, new RecordingApplication([]), new ToyCore(), new TlsConnectionOptions());
        lower.Protocol = connection;
        connection.ConnectionMade(lower);
        connection.DataReceived(Toy.Hello);
        loop.Run();
        connection.Transport.Close();
        lower.Send((int)lower.UnsentBytes - 1);

        loop.Advance(TimeSpan.FromSeconds(30));

        Assert.That(
            connection.Failure!.Message,
            Is.EqualTo("The TLS shutdown timed out: the transport has taken no output after 30 seconds (1 bytes wait)."));
    }

    private sealed class Loggers(bool factoryFails) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => factoryFails ? throw new ApplicationFailure() : this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new ApplicationFailure();

        public bool IsEnabled(LogLevel logLevel) => throw new ApplicationFailure();

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new ApplicationFailure();

        public void Dispose()
        {
        }
    }
}
