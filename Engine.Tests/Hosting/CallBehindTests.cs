using TlsFsm.Hosting.Loops;

namespace TlsFsm.Tests.Hosting;

/// <summary>Where an application goes on that has waited for a loop: behind its slice, never inside of it.</summary>
public sealed class CallBehindTests
{
    private readonly SerialEventLoop _loop = new();

    [Test]
    public void It_runs_on_the_slices_thread_when_the_loop_is_free_again()
    {
        var (isOnLoop, thread) = (true, 0);

        _loop.CallNowOrSoon(
            _ => _loop.CallBehind(_ => (isOnLoop, thread) = (_loop.IsOnLoop, Environment.CurrentManagedThreadId), null), null);

        Assert.That((isOnLoop, thread), Is.EqualTo((false, Environment.CurrentManagedThreadId)));
    }

    [Test]
    public void It_runs_elsewhere_when_the_application_itself_has_called_down()
    {
        var thread = new TaskCompletionSource<int>();

        _loop.CallFromApplication(_ => _loop.CallBehind(_ => thread.SetResult(Environment.CurrentManagedThreadId), null), null);

        // This thread waits, so it cannot be the one.
        Assert.That(thread.Task.Wait(Wait.Limit), Is.True);
        Assert.That(thread.Task.Result, Is.Not.EqualTo(Environment.CurrentManagedThreadId));
    }

    [Test]
    public void A_second_one_does_not_wait_for_the_first()
    {
        var second = new TaskCompletionSource();
        var hasRun = false;

        _loop.CallNowOrSoon(
            _ =>
            {
                _loop.CallBehind(_ => hasRun = second.Task.Wait(Wait.Limit), null);
                _loop.CallBehind(_ => second.SetResult(), null);
            },
            null);

        Assert.That(hasRun, Is.True);
    }

    [Test]
    public void It_does_not_run_inside_of_another_loops_slice()
    {
        var other = new SerialEventLoop();
        var thread = new TaskCompletionSource<int>();

        other.CallNowOrSoon(
            _ => _loop.CallNowOrSoon(
                _ => _loop.CallBehind(_ => thread.SetResult(Environment.CurrentManagedThreadId), null), null),
            null);

        Assert.That(thread.Task.Wait(Wait.Limit), Is.True);
        Assert.That(thread.Task.Result, Is.Not.EqualTo(Environment.CurrentManagedThreadId));
    }

    [Test]
    public void Off_the_loop_it_goes_to_the_pool()
    {
        var ran = new TaskCompletionSource<bool>();

        _loop.CallBehind(_ => ran.SetResult(Thread.CurrentThread.IsThreadPoolThread), null);

        Assert.That(ran.Task.Wait(Wait.Limit) && ran.Task.Result, Is.True);
    }

    [Test]
    public void What_it_throws_is_reported_and_the_loop_goes_on()
    {
        var reported = new List<Exception>();
        var loop = new SerialEventLoop(onUnhandled: (exception, _) => reported.Add(exception));
        var hasGoneOn = false;

        loop.CallNowOrSoon(_ => loop.CallBehind(_ => throw new TimeZoneNotFoundException(), null), null);
        loop.CallNowOrSoon(_ => hasGoneOn = true, null);

        Assert.That(reported, Has.Exactly(1).InstanceOf<TimeZoneNotFoundException>());
        Assert.That(hasGoneOn, Is.True);
    }
}
