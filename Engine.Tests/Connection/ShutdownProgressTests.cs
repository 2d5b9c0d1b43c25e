using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>A deadline for lack of progress looks at progress, wherever the bytes are.</summary>
[TestFixture]
internal sealed class ShutdownProgressTests
{
    private readonly List<string> _events = [];
    private TurnByTurnLoop _loop = null!;
    private DrainingTransport _lower = null!;
    private RecordingApplication _application = null!;
    private TlsConnection _connection = null!;

    [Test]
    public void A_slow_steady_reader_gets_all_however_long_it_takes()
    {
        Begin(new TlsConnectionOptions());
        _connection.Transport.Write(new byte[10_000]);
        _connection.Transport.Close();

        for (var second = 0; second < 500; second++)
        {
            Advance(20);
            _lower.Send(20);
        }

        Assert.That(_connection.CloseReason, Is.EqualTo(CloseReason.None));
        Assert.That(_events, Is.Empty);
    }

    [TestCase(null, 30)]
    [TestCase(10, 10)]
    public void A_reader_that_stops_is_cut_in_time(int? flushSeconds, int expected)
    {
        Begin(new TlsConnectionOptions { FlushTimeout = flushSeconds is { } given ? TimeSpan.FromSeconds(given) : null });
        _connection.Transport.Write(new byte[10_000]);
        _connection.Transport.Close();
        Advance(expected - 1);
        _lower.Send(1);

        Advance(expected - 0.1);
        Assert.That(_connection.CloseReason, Is.EqualTo(CloseReason.None));
        Advance(0.1);

        Assert.That(_connection.CloseReason, Is.EqualTo(CloseReason.ShutdownTimeout));
        Assert.That(_connection.Failure!.Message, Does.Contain("taken no output after").And.Contain("bytes wait"));
    }

    [Test]
    public void The_wait_for_the_answer_begins_when_the_last_byte_has_left_the_transport()
    {
        Begin(new TlsConnectionOptions { ShutdownTimeout = TimeSpan.FromSeconds(3), FlushTimeout = TimeSpan.FromSeconds(60) });
        _connection.Transport.Close();
        Advance(59);

        _lower.Send(1000);
        Advance(2.9);
        Assert.That(_connection.CloseReason, Is.EqualTo(CloseReason.None));
        Advance(0.1);

        Assert.That(_connection.CloseReason, Is.EqualTo(CloseReason.ShutdownTimeout));
        Assert.That(_connection.Failure!.Message, Does.Contain("it is not complete after 3 seconds"));
    }

    [Test]
    public void A_single_byte_that_has_not_left_is_output_too()
    {
        Begin(new TlsConnectionOptions { ShutdownTimeout = TimeSpan.FromSeconds(3), FlushTimeout = TimeSpan.FromSeconds(10) });
        _connection.Transport.Close();

        _lower.Send((int)_lower.UnsentBytes - 1);
        Advance(9.9);
        Assert.That(_connection.CloseReason, Is.EqualTo(CloseReason.None));
        Advance(0.1);

        Assert.That(_connection.CloseReason, Is.EqualTo(CloseReason.ShutdownTimeout));
        Assert.That(_connection.Failure!.Message, Does.Contain("taken no output after 10 seconds (1 bytes wait)"));
    }

    [Test]
    public void What_waits_in_the_engine_and_what_the_transport_holds_are_unsent_once_each()
    {
        Begin(new TlsConnectionOptions());
        _connection.Transport.Write("0123456789"u8);
        _connection.PauseWriting();
        _connection.Transport.Write("waits"u8);

        Assert.That(_connection.Transport.UnsentBytes, Is.EqualTo(13 + 8));
        Assert.That(_connection.Transport.WriteBufferSize, Is.EqualTo(8));
    }

    [Test]
    public void Output_that_leaves_at_once_is_progress_too()
    {
        Begin(new TlsConnectionOptions());
        _connection.PauseWriting();
        _connection.Transport.Write("waits"u8);
        _connection.Transport.Close();
        Advance(29);
        _lower.Holds = false;

        _connection.ResumeWriting();
        Advance(29);
        Assert.That(_connection.CloseReason, Is.EqualTo(CloseReason.None));
        Advance(1);

        Assert.That(_connection.CloseReason, Is.EqualTo(CloseReason.ShutdownTimeout));
    }

    [Test]
    public void An_engine_on_an_engine_counts_what_the_lower_one_and_its_transport_hold()
    {
        Begin(new TlsConnectionOptions());
        var progress = 0;
        _connection.Transport.Progressed = () => progress++;
        _connection.Transport.Write("0123456789"u8);

        Assert.That(_connection.Transport.UnsentBytes, Is.EqualTo(13), "a header of three bytes");
        _lower.Send(3);

        Assert.That((_connection.Transport.UnsentBytes, progress), Is.EqualTo((10, 1)));
        _connection.Transport.Progressed = null;
        Assert.That(_lower.Progressed is null, "nobody listens any more");
    }

    [Test]
    public void Nothing_is_left_behind_on_the_transport_when_the_connection_ends()
    {
        Begin(new TlsConnectionOptions());
        _connection.Transport.Close();
        Assert.That(_lower.Progressed is not null);

        _connection.Transport.Abort();

        Assert.That(_lower.Progressed is null);
        Assert.That(_loop.ArmedTimers, Is.Zero);
    }

    private void Begin(TlsConnectionOptions options)
    {
        _loop = new TurnByTurnLoop();
        _lower = new DrainingTransport(_loop, _events);
        _application = new RecordingApplication(_events);
        _connection = new TlsConnection(_loop, _application, new ToyCore(), options);
        _lower.Protocol = _connection;
        _connection.ConnectionMade(_lower);
        _connection.DataReceived(Toy.Hello);
        _loop.Run();
        _lower.Send(int.MaxValue);
        _events.Clear();
    }

    private void Advance(double seconds)
    {
        _loop.Advance(TimeSpan.FromSeconds(seconds));
        _loop.Run();
    }
}
