using Microsoft.Extensions.Time.Testing;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Tests.Hosting;

[TestFixture]
public sealed class SerialEventLoopTests
{
    [TestCase(false)]
    [TestCase(true)]
    public async Task Callbacks_run_first_in_first_out_and_never_two_at_once_whoever_queues_them(bool nowIfIdle)
    {
        const int producers = 4, each = 25_000;
        var loop = new SerialEventLoop();
        Action<Action<object?>, object?> call = nowIfIdle ? loop.CallNowOrSoon : loop.CallSoon;
        var next = new int[producers];
        var (inside, overlaps, disorders, offLoop) = (0, 0, 0, 0);

        var threads = Enumerable.Range(0, producers).Select(producer => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < each; i++)
                {
                    var number = i;
                    call(
                        _ =>
                        {
                            overlaps += Interlocked.Increment(ref inside) == 1 ? 0 : 1;
                            disorders += next[producer]++ == number ? 0 : 1;
                            offLoop += loop.IsOnLoop ? 0 : 1;
                            Interlocked.Decrement(ref inside);
                        },
                        null);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        await Task.WhenAll(threads).WaitAsync(Wait.Limit);
        await loop.Drained();

        Assert.That(next, Is.All.EqualTo(each));
        Assert.That((overlaps, disorders, offLoop), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public async Task A_callback_queued_from_a_callback_runs_on_a_later_turn()
    {
        var loop = new SerialEventLoop();
        var order = new List<string>();

        await loop.Run(() =>
        {
            loop.CallSoon(_ => order.Add("queued inside"), null);
            order.Add("the rest of the first");
        });
        await loop.Drained();

        Assert.That(string.Join(", ", order), Is.EqualTo("the rest of the first, queued inside"));
    }

    [Test]
    public void An_idle_loop_can_run_a_callback_and_what_it_queues_in_the_callers_own_call()
    {
        var loop = new SerialEventLoop();
        var order = new List<(string, bool, int)>();

        loop.CallNowOrSoon(
            _ =>
            {
                loop.CallSoon(_ => Note("queued inside"), null);
                loop.CallNowOrSoon(_ => Note("queued inside although now was asked for"), null);
                Note("first");
            },
            null);
        Note("afterwards");

        var thread = Environment.CurrentManagedThreadId;
        Assert.That(order, Is.EqualTo(new (string, bool, int)[]
        {
            ("first", true, thread), ("queued inside", true, thread), ("queued inside although now was asked for", true, thread),
            ("afterwards", false, thread),
        }));

        void Note(string what) => order.Add((what, loop.IsOnLoop, Environment.CurrentManagedThreadId));
    }

    [Test]
    public async Task Outside_a_callback_nobody_is_on_the_loop()
    {
        var loop = new SerialEventLoop();
        var other = new SerialEventLoop();
        var (own, foreign) = (false, true);

        await loop.Run(() => (own, foreign) = (loop.IsOnLoop, other.IsOnLoop));
        await loop.Run(loop.VerifyOnLoop);

        Assert.That((own, foreign, loop.IsOnLoop), Is.EqualTo((true, false, false)));
        Assert.That(
            () => loop.VerifyOnLoop("Write"),
            Throws.InvalidOperationException.With.Message.StartsWith("Write must be called on the connection's event loop"));
    }

    [Test]
    public async Task An_exception_that_escapes_a_callback_is_reported_and_the_loop_goes_on()
    {
        var reported = new List<(Exception, string)>();
        var loop = new SerialEventLoop(onUnhandled: (exception, message) => reported.Add((exception, message)));
        var bug = new InvalidOperationException("a bug");

        loop.CallSoon(_ => throw bug, null);
        await loop.Drained();

        Assert.That(reported, Is.EqualTo(new[] { (bug, "A callback of the event loop threw; the loop goes on.") }));
    }

    [Test]
    public async Task A_handler_of_unhandled_exceptions_that_throws_does_not_end_the_loop_either()
    {
        var loop = new SerialEventLoop(onUnhandled: (_, _) => throw new InvalidOperationException("the handler's own bug"));

        loop.CallSoon(_ => throw new InvalidOperationException("a bug"), null);
        await loop.Drained();

        await loop.Run(loop.VerifyOnLoop);
    }

    [Test]
    public async Task A_timer_runs_on_the_loop_when_its_time_has_come_and_not_before()
    {
        var clock = new FakeTimeProvider();
        var loop = new SerialEventLoop(clock);
        var ran = new List<(string, bool)>();
        loop.CallLater(TimeSpan.FromSeconds(2), _ => ran.Add(("two", loop.IsOnLoop)), null);
        loop.CallLater(TimeSpan.FromSeconds(1), _ => ran.Add(("one", loop.IsOnLoop)), null);

        clock.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        await loop.Drained();
        Assert.That(ran, Is.Empty);

        clock.Advance(TimeSpan.FromTicks(1));
        await loop.Drained();
        Assert.That(ran, Is.EqualTo(new[] { ("one", true) }));

        clock.Advance(TimeSpan.FromSeconds(1));
        await loop.Drained();
        Assert.That(ran, Is.EqualTo(new[] { ("one", true), ("two", true) }));
    }

    [Test]
    public async Task A_timer_of_no_delay_runs_on_a_later_turn()
    {
        var loop = new SerialEventLoop(new FakeTimeProvider());
        var order = new List<string>();

        await loop.Run(() =>
        {
            loop.CallLater(TimeSpan.Zero, _ => order.Add("timer"), null);
            order.Add("the rest of the first");
        });
        await loop.Drained();

        Assert.That(string.Join(", ", order), Is.EqualTo("the rest of the first, timer"));
    }

    [Test]
    public async Task A_cancelled_timer_does_not_run()
    {
        var clock = new FakeTimeProvider();
        var loop = new SerialEventLoop(clock);
        var ran = 0;
        var timer = loop.CallLater(TimeSpan.FromSeconds(1), _ => ran++, null);

        timer.Dispose();
        timer.Dispose();
        clock.Advance(TimeSpan.FromSeconds(2));
        await loop.Drained();

        Assert.That(ran, Is.Zero);
    }

    [Test]
    public async Task A_timer_cancelled_on_the_loop_does_not_run_although_it_was_due_and_posted()
    {
        var clock = new FakeTimeProvider();
        var loop = new SerialEventLoop(clock);
        var ran = 0;
        var timer = loop.CallLater(TimeSpan.FromSeconds(1), _ => ran++, null);

        await loop.Run(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            timer.Dispose();
        });
        await loop.Drained();

        Assert.That(ran, Is.Zero);
    }

    [Test]
    public void A_cancelled_timer_keeps_nothing_alive()
    {
        var loop = new SerialEventLoop(new FakeTimeProvider());
        var (timer, state) = Armed(loop);

        timer.Dispose();
        GC.Collect();

        Assert.That(state.IsAlive, Is.False);
        GC.KeepAlive(timer);

        static (IDisposable, WeakReference) Armed(SerialEventLoop loop)
        {
            var state = new object();
            return (loop.CallLater(TimeSpan.FromHours(1), static _ => { }, state), new WeakReference(state));
        }
    }

    [Test]
    public void A_negative_delay_and_a_missing_callback_are_argument_errors()
    {
        var loop = new SerialEventLoop();

        Assert.That(() => loop.CallLater(TimeSpan.FromTicks(-1), _ => { }, null), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => loop.CallLater(TimeSpan.Zero, null!, null), Throws.ArgumentNullException);
        Assert.That(() => loop.CallSoon(null!, null), Throws.ArgumentNullException);
        Assert.That(() => loop.ReportUnhandled(null!, ""), Throws.ArgumentNullException);
    }

    [Test]
    public async Task A_loop_that_never_rests_leaves_the_pool_to_others()
    {
        // Given as many restless loops as the pool has threads, and more.
        var stop = false;
        var loops = Enumerable.Range(0, ThreadPool.ThreadCount + (4 * Environment.ProcessorCount))
            .Select(_ => new SerialEventLoop()).ToArray();
        foreach (var busy in loops)
            busy.CallSoon(Again, busy);

        // When another one has something to do.
        var quiet = new SerialEventLoop();
        for (var i = 0; i < 100; i++)
            await quiet.Drained();

        // Then it gets its turns (or Drained would have timed out), and the restless ones did not finish meanwhile.
        Volatile.Write(ref stop, true);
        foreach (var busy in loops)
            await busy.Drained();

        void Again(object? loop)
        {
            if (!Volatile.Read(ref stop))
                ((SerialEventLoop)loop!).CallSoon(Again, loop);
        }
    }

    [Test]
    public async Task Queueing_allocates_nothing_once_the_queue_has_grown()
    {
        var loop = new SerialEventLoop();
        var allocated = long.MaxValue;

        // A slice is warmed up first; then one of the same size is queued from inside, by the thread that is measured.
        for (var round = 0; round < 3; round++)
            await loop.Run(() =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var i = 0; i < 20; i++)
                    loop.CallSoon(static _ => { }, null);
                allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            });

        Assert.That(allocated, Is.Zero);
    }
}
