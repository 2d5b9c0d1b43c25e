using Microsoft.Extensions.Time.Testing;
using TlsFsm.Connection;
using TlsFsm.Hosting.Loops;
using TlsFsm.Tests.Network;

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
        _watch.Add(loop.Place);

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
        _watch.Add(busy.Place);
        _watch.Add(idle.Place);

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
        _watch.Add(loop.Place);
        _time.Advance(RestWatch.Period);

        _watch.Add(loop.Place);
        _time.Advance(RestWatch.Period);

        Assert.That((loop.Rests, _watch.Count), Is.EqualTo((2, 0)));
    }

    [Test]
    public void A_loop_that_has_ended_is_let_go_of_at_once_and_not_told()
    {
        var (ended, idle) = (new Watched(), new Watched());
        _watch.Add(ended.Place);
        _watch.Add(idle.Place);

        _watch.Remove(ended.Place);
        Assert.That(_watch.Count, Is.EqualTo(1));
        _watch.Remove(ended.Place);
        _time.Advance(RestWatch.Period);

        Assert.That((ended.Rests, idle.Rests, _watch.Count), Is.EqualTo((0, 1, 0)));
    }

    [Test]
    public void A_loop_that_is_watched_twice_is_told_once()
    {
        var loop = new Watched();
        _watch.Add(loop.Place);
        _watch.Add(loop.Place);

        _time.Advance(RestWatch.Period);

        Assert.That((loop.Rests, _watch.Count), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task A_loop_tells_its_guest_after_it_has_run_something_and_not_for_telling_it()
    {
        var loop = new SerialEventLoop { Watching = _watch };
        var guest = new Guest(loop);
        await loop.Run(() => ((IRestingLoop)loop).Watch(guest));
        await loop.Drained();

        _time.Advance(2 * RestWatch.Period);
        Assert.That(await guest.Rested.WaitAsync(Wait.Limit), Is.True, "on the loop");
        _time.Advance(10 * RestWatch.Period);
        await loop.Drained();
        Assert.That(guest.Rests, Is.EqualTo(1));

        // That was something, so it rests once more.
        _time.Advance(2 * RestWatch.Period);
        await loop.Drained();
        Assert.That(guest.Rests, Is.EqualTo(2));
    }

    [Test]
    public async Task A_guest_that_has_left_is_told_no_more_and_another_takes_its_place()
    {
        var loop = new SerialEventLoop { Watching = _watch };
        var (first, second) = (new Guest(loop), new Guest(loop));
        await loop.Run(() => ((IRestingLoop)loop).Watch(first));
        await loop.Drained();

        await loop.Run(() => ((IRestingLoop)loop).Leave(first));
        Assert.That(_watch.Count, Is.Zero, "the loop is held by nobody");
        await loop.Run(() => ((IRestingLoop)loop).Watch(second));
        await loop.Run(() => ((IRestingLoop)loop).Leave(first));
        await loop.Drained();
        _time.Advance(2 * RestWatch.Period);
        await loop.Drained();

        Assert.That((first.Rests, second.Rests), Is.EqualTo((0, 1)));
    }

    [Test]
    public async Task A_connection_is_watched_from_the_end_of_its_handshake_until_it_has_ended()
    {
        var loop = new SerialEventLoop { Watching = _watch };
        var pipes = new PipePair();
        var serving = TlsServer.OpenPipeAsync(pipes.Ours, TlsPair.ServerOptions(Cases.Both));
        var options = TlsPair.ClientOptions(Cases.Both);
        var protocol = new RecordingProtocol();
        var connection = new TlsConnection(loop, protocol, BouncyCastleCore.CreateClient(options), options);
        PipeTransport.Start(pipes.Peer, connection, loop);
        await connection.Handshake.WaitAsync(Wait.Limit);
        var server = await serving.WaitAsync(Wait.Limit);
        await loop.Drained();
        Assert.That(_watch.Count, Is.EqualTo(1));

        // When it ends, and no time passes.
        await loop.Run(() => connection.Transport.Close());
        await server.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
        await protocol.Lost.WaitAsync(Wait.Limit);
        await loop.Drained();

        Assert.That(_watch.Count, Is.Zero);
    }

    private sealed class Watched : RestWatch.IWatched
    {
        public Watched() => Place = new(this);

        public LinkedListNode<RestWatch.IWatched> Place { get; }

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

    private sealed class Guest(SerialEventLoop loop) : IResting
    {
        private readonly TaskCompletionSource<bool> _rested = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Rests { get; private set; }

        /// <summary>The first time, and whether that was on the loop.</summary>
        public Task<bool> Rested => _rested.Task;

        public void Rest()
        {
            Rests++;
            _rested.TrySetResult(loop.IsOnLoop);
        }
    }
}
