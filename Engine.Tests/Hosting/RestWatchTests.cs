using Microsoft.Extensions.Time.Testing;
using TlsFsm.Connection;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Tests.Hosting;

/// <summary>Which loops are told that they have come to rest, and when.</summary>
[TestFixture]
internal sealed class RestWatchTests
{
    private readonly FakeTimeProvider _time = new();
    private RestWatch _watch = null!;

    [SetUp]
    public void Make() => _watch = new RestWatch(_time);

    [Test]
    public void A_loop_that_has_run_nothing_for_a_period_rests_and_is_not_watched_any_more()
    {
        var loop = new Watched { HasMoved = true };
        _watch.Add(loop);

        _time.Advance(RestWatch.Period);
        Assert.That((loop.Rests, _watch.Count), Is.EqualTo((0, 1)), "it has moved in the first period");
        _time.Advance(RestWatch.Period);

        Assert.That((loop.Rests, _watch.Count), Is.EqualTo((1, 0)));
        _time.Advance(10 * RestWatch.Period);
        Assert.That(loop.Rests, Is.EqualTo(1));
    }

    [Test]
    public void A_loop_that_moves_in_each_period_goes_on_while_others_rest()
    {
        var (busy, idle) = (new Watched(), new Watched());
        _watch.Add(busy);
        _watch.Add(idle);

        for (var i = 0; i < 5; i++)
        {
            busy.HasMoved = true;
            _time.Advance(RestWatch.Period);
        }

        Assert.That((busy.Rests, idle.Rests, _watch.Count), Is.EqualTo((0, 1, 1)));
    }

    [Test]
    public void A_loop_that_moves_again_is_watched_again()
    {
        var loop = new Watched();
        _watch.Add(loop);
        _time.Advance(RestWatch.Period);

        _watch.Add(loop);
        _time.Advance(RestWatch.Period);

        Assert.That((loop.Rests, _watch.Count), Is.EqualTo((2, 0)));
    }

    [Test]
    public async Task A_loop_tells_its_guest_after_it_has_run_something_and_not_for_telling_it()
    {
        var loop = new SerialEventLoop();
        var guest = new Guest();
        loop.CallSoon(_ => ((IRestingLoop)loop).Watch(guest), null);

        // By the machine's clock: some seconds at most. What is awaited is the event itself.
        Assert.That(await guest.Rested.WaitAsync(TimeSpan.FromMinutes(2)), Is.True, "on the loop");
    }

    private sealed class Watched : RestWatch.IWatched
    {
        public bool HasMoved { get; set; }

        public int Rests { get; private set; }

        public bool TakeMotion()
        {
            var hasMoved = HasMoved;
            HasMoved = false;
            return hasMoved;
        }

        public void ComeToRest() => Rests++;
    }

    private sealed class Guest : IResting
    {
        private readonly TaskCompletionSource<bool> _rested = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<bool> Rested => _rested.Task;

        public void Rest() => _rested.TrySetResult(true);
    }
}
