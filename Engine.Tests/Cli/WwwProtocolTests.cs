using System.Text;
using TlsFsm.Cli.Protocols;
using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>On virtual time, over the toy core, whose records show their plaintext.</summary>
public sealed class WwwProtocolTests
{
    private static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(60);

    private TurnByTurnLoop _loop = null!;
    private CollectingTransport _lower = null!;
    private TlsConnection _connection = null!;

    [SetUp]
    public void SetUp()
    {
        _loop = new TurnByTurnLoop();
        _lower = new CollectingTransport();
        _connection = new TlsConnection(_loop, new WwwProtocol(HeadTimeout), new ToyCore(), new TlsConnectionOptions());
        _connection.ConnectionMade(_lower);
        _connection.DataReceived("h\0\u0005hello"u8);
        _loop.Run();
        Assert.That(_connection.State, Is.EqualTo(TlsState.Wrapped));
    }

    [Test]
    public void Whoever_never_finishes_a_head_is_answered_and_cut_off_after_the_deadline()
    {
        Receive("GET / HT");
        _loop.Advance(HeadTimeout - TimeSpan.FromSeconds(1));
        _loop.Run();
        Assert.That(_connection.State, Is.EqualTo(TlsState.Wrapped), "not yet");

        _loop.Advance(TimeSpan.FromSeconds(1));
        _loop.Run();

        Assert.That(_lower.Text, Does.Contain("HTTP/1.1 408 Request Timeout"));
        Assert.That(_connection.State, Is.EqualTo(TlsState.Shutdown));
    }

    [Test]
    public void One_answer_is_all_there_is()
    {
        Receive("GET /\r\n\r\nGET /\r\n\r\n");
        Receive("GET /\r\n\r\n");
        _loop.Advance(HeadTimeout);
        _loop.Run();

        Assert.That(_lower.Text.Split("HTTP/1.1 ").Length - 1, Is.EqualTo(1));
        Assert.That(_lower.Text, Does.Contain("HTTP/1.1 400 Bad Request"));
    }

    [Test]
    public void A_lost_connection_leaves_no_timer_behind()
    {
        _connection.ConnectionLost(null);
        _loop.Run();

        Assert.That(_loop.ArmedTimers, Is.Zero);
    }

    private void Receive(string text)
    {
        byte[] record = [(byte)'d', (byte)(text.Length >> 8), (byte)text.Length, .. Encoding.Latin1.GetBytes(text)];
        _connection.DataReceived(record);
        _loop.Run();
    }

    private sealed class CollectingTransport : ITransport
    {
        private readonly StringBuilder _text = new();

        public string Text => _text.ToString();

        public void Write(ReadOnlySpan<byte> data) => _text.Append(Encoding.Latin1.GetString(data));

        public void PauseReading()
        {
            // Nothing comes by itself.
        }

        public void ResumeReading()
        {
            // As above.
        }

        public void Close()
        {
            // The test says when it is lost.
        }

        public void Abort(Exception? reason = null)
        {
            // As above.
        }
    }
}
