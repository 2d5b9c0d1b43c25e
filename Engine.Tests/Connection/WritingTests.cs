using Microsoft.Extensions.Logging;

namespace TlsFsm.Tests.Connection;

/// <summary>Writes: all or nothing, owned copies, and what is logged when they come too late.</summary>
[TestFixture]
internal sealed class WritingTests
{
    [Test]
    public void Each_write_is_a_record_and_lines_go_out_together()
    {
        var test = TestConnection.Wrapped();

        test.Transport.Write([]);
        test.Transport.WriteLines(["one"u8.ToArray(), Array.Empty<byte>(), "two"u8.ToArray()]);
        test.Transport.Write(Toy.Bytes(16385));

        test.AssertEvents("tx d:one", "tx d", "tx d:two", "tx d:16384 bytes", "tx d:1 bytes");
    }

    [Test]
    [Property("Defect", "L34")]
    public void Lines_that_throw_while_they_are_enumerated_send_nothing()
    {
        var test = TestConnection.Wrapped();

        Assert.That(() => test.Transport.WriteLines(Broken()), Throws.InvalidOperationException);

        Assert.That(test.Transport.WriteBufferSize, Is.Zero);
        test.Transport.Write("next"u8);
        test.AssertEvents("tx d:next");

        static IEnumerable<ReadOnlyMemory<byte>> Broken()
        {
            yield return "first"u8.ToArray();
            throw new InvalidOperationException();
        }
    }

    [Test]
    [Property("Defect", "L34")]
    public void What_has_to_wait_is_a_copy()
    {
        var test = TestConnection.Upgrade();
        test.Connect();
        var (one, two) = ("one"u8.ToArray(), "two"u8.ToArray());
        test.Transport.Write(one);
        test.Transport.WriteLines([two]);
        test.TakeEvents();

        one.AsSpan().Fill((byte)'x');
        two.AsSpan().Fill((byte)'x');
        test.Receive(Toy.Hello);

        test.AssertEvents("waiter: ok", "tx d:one", "tx d:two");
    }

    [Test]
    public void From_the_sixth_dropped_write_on_a_warning_is_logged([Values] bool afterTheLoss)
    {
        using var log = new RecordingLog();
        var test = TestConnection.Wrapped(new TlsConnectionOptions { LoggerFactory = log, TolerateTruncation = true });
        if (afterTheLoss)
            test.Lose();
        else
            test.Transport.Close();

        for (var i = 0; i < 5; i++)
            test.Transport.Write("dropped"u8);
        Assert.That(log.Entries, Has.None.StartsWith("Warning"));
        test.Transport.Write("dropped"u8);
        test.Transport.WriteLines([new byte[1], new byte[1]]);

        Assert.That(
            log.Entries.Where(e => e.StartsWith("Warning", StringComparison.Ordinal)),
            Is.EqualTo(Enumerable.Repeat($"Warning: Connection {test.Connection.Id}: TLS connection is closed: a write was dropped", 2)));
    }

    [Test]
    public void TLS_errors_and_the_course_of_a_connection_are_debug_entries()
    {
        using var log = new RecordingLog();
        var options = new TlsConnectionOptions { LoggerFactory = log, TolerateTruncation = true, Limits =
            new TlsLimits { MaxDiscardedAfterClose = 0 } };
        var failed = TestConnection.Wrapped(options);
        failed.Receive(Toy.Bad);
        var closed = TestConnection.Wrapped(options);
        closed.Transport.Close();
        closed.Receive(Toy.Data("late"));
        closed.ReceiveEndOfStream();

        var (one, other) = ($"Debug: Connection {failed.Connection.Id}:", $"Debug: Connection {closed.Connection.Id}:");
        Assert.That(one, Is.Not.EqualTo(other), "each has a name of its own");
        Assert.That(log.Entries, Is.EqualTo((string[])
        [
            $"{one} TLS handshake starts", $"{one} TLS handshake took 0.0 ms", $"{one} TLS connection failed",
            $"{other} TLS handshake starts", $"{other} TLS handshake took 0.0 ms",
            $"{other} The peer sent more than 0 bytes after our close: its close_notify is not awaited any more",
            $"{other} Received end of stream in state Shutdown",
        ]));
    }

    private sealed class RecordingLog : ILoggerFactory, ILogger
    {
        public List<string> Entries { get; } = [];

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Add($"{logLevel}: {formatter(state, exception)}");

        public void Dispose() { }
    }
}
