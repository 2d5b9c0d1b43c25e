using System.Buffers;
using System.IO.Pipelines;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Tests.Hosting;

/// <summary>
/// Code that is not ours throws wherever the hosts call it: that costs one connection at most, listeners go on and stop, and nothing hangs.
/// </summary>
[TestFixture]
public sealed class ForeignCodeTests
{
    [TestCaseSource(typeof(ThrowingMembers), nameof(ThrowingMembers.LoggerMembers))]
    public async Task A_loop_goes_on_with_a_logger_that_throws_and_its_handler_hears_of_both(string member)
    {
        var told = new List<string>();
        var loop = new SerialEventLoop(
            loggerFactory: new ThrowingLoggers(member), onUnhandled: (exception, _) => told.Add(exception.Message));
        var ran = false;

        loop.CallSoon(_ => throw new IOException("of a callback"), null);
        await loop.Run(() => ran = true);

        Assert.That(ran, Is.True);
        Assert.That(told, Does.Contain("of a callback"));
        if (member is "CreateLogger" or "Log")
            Assert.That(told, Does.Contain(member));
    }

    [Test]
    public async Task A_loop_goes_on_with_a_logger_and_a_handler_that_throw()
    {
        var loop = new SerialEventLoop(
            loggerFactory: new ThrowingLoggers("Log"), onUnhandled: (_, _) => throw new IOException("of the handler"));

        loop.CallSoon(_ => throw new IOException("of a callback"), null);

        Assert.That(await loop.Ask(() => loop.IsOnLoop), Is.True);
    }

    [TestCaseSource(typeof(ThrowingMembers), nameof(ThrowingMembers.ClockMembers))]
    public async Task A_loop_with_a_clock_that_throws_still_calls_later_and_cancels(string member)
    {
        var told = new List<Exception>();
        var loop = new SerialEventLoop(new ThrowingClock(member), onUnhandled: (exception, _) => told.Add(exception));
        var elapsed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        await loop.Run(() =>
        {
            loop.CallLater(TimeSpan.FromHours(1), _ => elapsed.SetException(new IOException("cancelled")), null).Dispose();
            loop.CallLater(TimeSpan.FromMilliseconds(1), _ => elapsed.SetResult(), null);
            var started = loop.TimeProvider.GetTimestamp();
            Assert.That(loop.TimeProvider.GetElapsedTime(started), Is.GreaterThanOrEqualTo(TimeSpan.Zero).And.LessThan(Wait.Limit));
            Assert.That(loop.TimeProvider.GetUtcNow(), Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromHours(1)));
        });

        await elapsed.Task.WaitAsync(Wait.Limit);
        Assert.That(told, Has.All.Property(nameof(Exception.Message)).EqualTo("of the clock"));
    }

    [Test]
    public void Time_goes_on_when_a_clock_begins_to_throw()
    {
        var clock = new ThrowingClock("none");
        var guarded = GuardedTime.Over(clock, _ => { });
        var before = guarded.GetTimestamp();

        clock.Member = "GetTimestamp";
        var after = guarded.GetTimestamp();

        Assert.That(after, Is.GreaterThanOrEqualTo(before));
        Assert.That(guarded.GetElapsedTime(before, after), Is.LessThan(Wait.Limit));
        Assert.That(() => guarded.GetTimestamp() > after, Is.True.After(10_000, 1));
    }

    [TestCase("ConnectionMade", true)]
    [TestCase("ConnectionMade", false)]
    [TestCase("DataReceived", true)]
    [TestCase("DataReceived", false)]
    [TestCase("EofReceived", true)]
    [TestCase("EofReceived", false)]
    [TestCase("PauseWriting", true)]
    [TestCase("PauseWriting", false)]
    [TestCase("ConnectionLost", true)]
    [TestCase("ConnectionLost", false)]
    [TestCase("Progressed", true)]
    [TestCase("Progressed", false)]
    public async Task A_protocol_that_throws_ends_its_transport_and_so_does_a_loop_that_cannot_report_it(string callback, bool isSocket)
    {
        var loop = new UnreportingLoop();
        using var sockets = await SocketPair.Connected(peerReceiveBuffer: 64 * 1024);
        var pipes = new PipePair(threshold: 1000);
        void Throw(string which)
        {
            if (which == callback)
                throw new IOException($"of {callback}");
        }

        var protocol = new RecordingProtocol
        {
            OnMade = () => Throw("ConnectionMade"),
            OnData = _ => Throw("DataReceived"),
            OnEof = () =>
            {
                Throw("EofReceived");
                return false;
            },
            OnPause = () => Throw("PauseWriting"),
            OnLost = () => Throw("ConnectionLost"),
        };
        IDrainingTransport transport = isSocket
            ? SocketTransport.Start(sockets.Ours, protocol, loop)
            : PipeTransport.Start(pipes.Ours, protocol, loop);
        if (callback != "ConnectionMade")
        {
            await protocol.Made;
            await loop.Run(() =>
            {
                if (callback == "Progressed")
                    transport.Progressed = () => Throw("Progressed");
                if (callback == "PauseWriting")
                    transport.Write(new byte[4_000_000]);
                else
                    transport.Write(new byte[10]);
            });
            await (isSocket ? sockets.Send([1]) : pipes.Send([1]));
            if (callback != "Progressed")
            {
                if (isSocket)
                    sockets.Peer.Shutdown(System.Net.Sockets.SocketShutdown.Send);
                else
                    await pipes.Peer.Output.CompleteAsync();
            }

            // Nobody reads 4 MB: an exception of flow control is reported, and changes nothing.
            if (callback == "PauseWriting")
                await loop.Run(() => transport.Abort());
        }

        await protocol.Lost;
        await loop.Drained();
        Assert.That(protocol.Calls.Count(call => call == "lost"), Is.EqualTo(1));
        if (transport is PipeTransport pipe)
            await pipe.Released.WaitAsync(Wait.Limit);
    }

    [Test]
    public async Task A_readers_memory_that_throws_fails_its_read_and_no_byte_is_lost()
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        using var bad = new ThrowingMemory(100);

        var reading = stream.ReadAsync(bad.Memory).AsTask();
        await stream.WriteAsync(new byte[] { 1, 2, 3 });

        Assert.That(async () => await reading.WaitAsync(Wait.Limit), Throws.InstanceOf<ObjectDisposedException>());
        var read = new byte[3];
        await stream.ReadExactlyAsync(read).AsTask().WaitAsync(Wait.Limit);
        Assert.That(read, Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public async Task A_writers_memory_that_throws_fails_its_write_and_the_stream_goes_on()
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        using var bad = new ThrowingMemory(100);

        Assert.That(
            async () => await stream.WriteAsync(bad.Memory).AsTask().WaitAsync(Wait.Limit), Throws.InstanceOf<ObjectDisposedException>());

        await Echo(stream);
    }

    [Test]
    public async Task A_pipes_memory_that_throws_ends_its_connection()
    {
        var protocol = new RecordingProtocol();
        var loop = new SerialEventLoop();
        using var bad = new ThrowingMemory(100);
        var transport = PipeTransport.Start(new Duplex(new BadReader(bad.Memory), new Pipe().Writer), protocol, loop);

        Assert.That(await protocol.Lost, Is.InstanceOf<ObjectDisposedException>());
        await transport.Released.WaitAsync(Wait.Limit);
    }

    [Test]
    public async Task A_pool_that_throws_under_a_pipe_ends_its_connection()
    {
        var protocol = new RecordingProtocol();
        var loop = new SerialEventLoop();
        var pipe = new Pipe(new PipeOptions(pool: new ThrowingPool()));
        var transport = PipeTransport.Start(new Duplex(new Pipe().Reader, pipe.Writer), protocol, loop);
        await protocol.Made;

        await loop.Run(() => transport.Write([1]));

        Assert.That(await protocol.Lost, Is.InstanceOf<InsufficientMemoryException>());
        await transport.Released.WaitAsync(Wait.Limit);
    }

    private static async Task Echo(TlsStream stream)
    {
        await stream.WriteAsync(new byte[] { 7 });
        var echoed = new byte[1];
        await stream.ReadExactlyAsync(echoed).AsTask().WaitAsync(Wait.Limit);
        Assert.That(echoed[0], Is.EqualTo(7));
    }
}
