using TlsFsm.Buffers;
using TlsFsm.Connection;
using TlsFsm.Connection.Telemetry;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>
/// The way down, by itself: in which order bytes go, straight or through the BIO, and that nothing goes inside the transport's own calls.
/// </summary>
[TestFixture]
internal sealed class DownlinkTests
{
    private MemoryBio _bio = null!;
    private Downlink _down = null!;
    private DirectTransport _lower = null!;
    private int _handedOver;
    private long _sent;
    private long _received;

    [SetUp]
    public void SetUp()
    {
        (_bio, _lower, _handedOver, _sent, _received) = (new MemoryBio(), new DirectTransport(), 0, 0, 0);
        var witness = new Witness(new ToyCore(), new TlsConnectionOptions(), TimeProvider.System, (_, _) => { })
        {
            TransferObserver = (count, isSent) => _ = isSent ? _sent += count : _received += count,
        };
        _down = new Downlink(_bio, witness) { HandedOver = () => _handedOver++ };
        _down.Connect(_lower);
    }

    [Test]
    public void What_is_put_out_straight_is_counted_told_and_settled_once()
    {
        _bio.Write("before"u8);
        _bio.Clear();

        _down.BeginDirect();
        _bio.Write("one "u8);
        _bio.Write("two"u8);
        Assert.That(_lower.Events, Is.EqualTo((string[])["room: one ", "room: two"]));
        _down.EndDirect();

        Assert.That(_lower.Events, Is.EqualTo((string[])["room: one ", "room: two", "settle"]));
        Assert.That((_sent, _received, _handedOver, _bio.Pending), Is.EqualTo((7L, 0L, 1, 0)));
    }

    [Test]
    public void What_an_application_writes_goes_straight_out()
    {
        var loop = new Support.TurnByTurnLoop();
        var connection = new TlsConnection(loop, new RecordingApplication([]), new ToyCore(), new TlsConnectionOptions());
        connection.ConnectionMade(_lower);
        connection.DataReceived(Toy.Hello);
        loop.Run();

        connection.Transport.Write("x"u8);

        Assert.That(_lower.Events[^2..], Is.EqualTo((string[])["room: 4 bytes", "settle"]));
    }

    [Test]
    public void Where_nothing_was_put_out_nobody_is_told()
    {
        _down.BeginDirect();
        _down.EndDirect();

        Assert.That(_lower.Events, Is.Empty);
        Assert.That((_sent, _handedOver), Is.EqualTo((0L, 0)));
    }

    [Test]
    public void What_comes_behind_it_waits_in_the_BIO_again()
    {
        _down.BeginDirect();
        _down.EndDirect();
        _bio.Write("later"u8);
        Assert.That((_lower.Events, _bio.Pending), Is.EqualTo((Array.Empty<string>(), 5)));

        _down.HandOver();

        Assert.That(_lower.Events, Is.EqualTo((string[])["write: later"]));
        Assert.That((_sent, _handedOver), Is.EqualTo((5L, 1)));
    }

    [Test]
    public void Inside_of_the_transports_look_at_its_marks_nothing_goes_out_and_behind_it_all_does([Values] bool throws)
    {
        _lower.Settling = () =>
        {
            Assert.That(_down.IsHandingOver, Is.True);
            _bio.Write("inside"u8);
            _down.HandOver();
            _down.HandOverAll();
            _down.BeginDirect();
            Assert.That(_bio.Target, Is.Null);
            if (throws)
                throw new ApplicationFailure();
        };
        _down.BeginDirect();
        _bio.Write("straight"u8);

        Assert.That(_down.EndDirect, throws ? Throws.InstanceOf<ApplicationFailure>() : Throws.Nothing);
        Assert.That(_lower.Events, Is.EqualTo((string[])["room: straight", "settle"]));
        Assert.That(_down.IsHandingOver, Is.False);
        _down.HandOver();

        Assert.That(_lower.Events[^1], Is.EqualTo("write: inside"));
    }

    [Test]
    public void Inside_of_the_transports_write_nothing_goes_out_and_what_was_added_goes_next([Values] bool throws)
    {
        _lower.Writing = () =>
        {
            _lower.Writing = null;
            Assert.That(_down.IsHandingOver, Is.True);
            _bio.Write("two"u8);
            _down.HandOver();
            _down.BeginDirect();
            Assert.That(_bio.Target, Is.Null);
            if (throws)
                throw new ApplicationFailure();
        };
        _bio.Write("one"u8);

        Assert.That(_down.HandOver, throws ? Throws.InstanceOf<ApplicationFailure>() : Throws.Nothing);
        Assert.That(_lower.Events, Is.EqualTo(throws ? (string[])["write: one"] : ["write: one", "write: two"]));
        Assert.That(_down.IsHandingOver, Is.False);
        _down.HandOver();

        Assert.That(_lower.Events, Is.EqualTo((string[])["write: one", "write: two"]));
    }

    [Test]
    public void A_paused_transport_is_handed_nothing_straight_or_not_unless_all_must_go()
    {
        _down.IsPaused = true;

        _down.BeginDirect();
        _bio.Write("waits"u8);
        _down.EndDirect();
        _down.HandOver();
        Assert.That((_lower.Events, _down.Pending, _down.Unsent), Is.EqualTo((Array.Empty<string>(), 5, 5L)));
        _down.HandOverAll();

        Assert.That(_lower.Events, Is.EqualTo((string[])["write: waits"]));
    }

    [Test]
    public void A_pause_in_the_middle_stops_what_is_behind_it_unless_all_must_go([Values] bool all)
    {
        _lower.Writing = () =>
        {
            _lower.Writing = null;
            _down.IsPaused = true;
            _bio.Write("two"u8);
        };
        _bio.Write("one"u8);

        if (all)
            _down.HandOverAll();
        else
            _down.HandOver();

        Assert.That(_lower.Events, Is.EqualTo(all ? (string[])["write: one", "write: two"] : ["write: one"]));
    }

    [Test]
    public void A_single_byte_goes_too_and_none_is_no_write()
    {
        _down.HandOver();
        _bio.Write("x"u8);
        _down.HandOver();
        _down.HandOver();

        Assert.That(_lower.Events, Is.EqualTo((string[])["write: x"]));
    }

    [Test]
    public void Progress_of_the_transport_is_told_to_whoever_listens_before_or_after_it_is_connected_and_to_nobody_else()
    {
        var loop = new Support.TurnByTurnLoop();
        var draining = new DrainingTransport(loop, []);
        var (early, late) = (0, 0);
        var down = new Downlink(_bio, new Witness(new ToyCore(), new TlsConnectionOptions(), TimeProvider.System, (_, _) => { }));
        Action first = () => early++, second = () => late++;
        Assert.That((down.TellsProgress, down.Unsent), Is.EqualTo((false, 0L)));

        down.Progressed += first;
        down.Connect(draining);
        Assert.That(down.TellsProgress, Is.True);
        draining.Write("123"u8);
        draining.Send(1);
        down.Progressed += second;
        draining.Send(1);
        down.Progressed -= first;
        draining.Send(0);
        _bio.Write("45"u8);

        Assert.That((early, late, down.Unsent), Is.EqualTo((2, 2, 3L)));
        down.Progressed -= second;
        Assert.That(draining.Progressed is null);
    }

    /// <summary>Takes bytes by a write, or into its own memory.</summary>
    private sealed class DirectTransport : ITransport, IBioTarget
    {
        private readonly byte[] _room = new byte[100];
        private readonly List<string> _events = [];

        public string[] Events => [.. _events];

        public Action? Writing { get; set; }

        public Action? Settling { get; set; }

        public void Write(ReadOnlySpan<byte> data)
        {
            _events.Add($"write: {Toy.Show(data)}");
            Writing?.Invoke();
        }

        public Memory<byte> GetRoom(int size) => _room;

        public void Commit(int count) => _events.Add($"room: {Toy.Show(_room.AsSpan(0, count))}");

        public void Settle()
        {
            _events.Add("settle");
            Settling?.Invoke();
        }

        public void PauseReading()
        {
        }

        public void ResumeReading()
        {
        }

        public void Close()
        {
        }

        public void Abort(Exception? reason = null)
        {
        }
    }
}
