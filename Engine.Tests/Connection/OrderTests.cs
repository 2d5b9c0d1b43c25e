using Moq;
using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>What a connection asks of its neighbours, call by call: nothing else, and in no other order.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OrderTests
{
    private readonly TurnByTurnLoop _loop = new();
    private readonly MockSequence _sequence = new();
    private readonly Mock<CopyingTransport> _transport = new(MockBehavior.Strict) { CallBase = true };
    private readonly Mock<CopyingProtocol> _application = new(MockBehavior.Strict) { CallBase = true };
    private readonly TlsConnection _connection;

    public OrderTests() => _connection = new TlsConnection(_loop, _application.Object, new ToyCore(), new TlsConnectionOptions());

    [Test]
    public void A_life_from_the_first_flight_to_the_loss()
    {
        _transport.InSequence(_sequence).Setup(t => t.Wrote("h:hello"));
        _application.InSequence(_sequence).Setup(a => a.ConnectionMade(_connection.Transport));
        _application.InSequence(_sequence).Setup(a => a.Received("data"));
        _application.InSequence(_sequence).Setup(a => a.EofReceived()).Returns(false);
        _transport.InSequence(_sequence).Setup(t => t.Wrote("c"));
        _transport.InSequence(_sequence).Setup(t => t.Close());
        _application.InSequence(_sequence).Setup(a => a.ConnectionLost(null));

        Live([.. Toy.Hello, .. Toy.Data("data"), .. Toy.CloseNotify], null);

        _application.VerifyAll();
        _transport.VerifyAll();
    }

    [Test]
    public void A_failure_from_the_alert_to_the_loss()
    {
        _transport.InSequence(_sequence).Setup(t => t.Wrote("h:hello"));
        _application.InSequence(_sequence).Setup(a => a.ConnectionMade(_connection.Transport));
        _application.InSequence(_sequence).Setup(a => a.Received("data"));
        _transport.InSequence(_sequence).Setup(t => t.Wrote("a:unexpected"));
        _transport.InSequence(_sequence).Setup(t => t.Abort(It.IsAny<TlsException>()));
        _application.InSequence(_sequence).Setup(a => a.ConnectionLost(It.IsAny<TlsException>()));

        Live([.. Toy.Hello, .. Toy.Data("data"), .. Toy.Bad], new ConnectionReset());

        _application.VerifyAll();
        _transport.VerifyAll();
    }

    private void Live(byte[] received, Exception? loss)
    {
        _connection.ConnectionMade(_transport.Object);
        _connection.DataReceived(received);
        _loop.Run();
        _connection.ConnectionLost(loss);
        _loop.Run();
    }

    /// <summary>What Moq can follow: it knows no spans.</summary>
    public abstract class CopyingTransport : ITransport
    {
        public void Write(ReadOnlySpan<byte> data) => Wrote(string.Join(", ", Toy.Describe(data)));

        public abstract void Wrote(string records);

        public abstract void PauseReading();

        public abstract void ResumeReading();

        public abstract void Close();

        public abstract void Abort(Exception? reason = null);
    }

    /// <summary>As <see cref="CopyingTransport"/>.</summary>
    public abstract class CopyingProtocol : IProtocol
    {
        public abstract void ConnectionMade(ITransport transport);

        public void DataReceived(ReadOnlySpan<byte> data) => Received(Toy.Show(data));

        public abstract void Received(string data);

        public abstract bool EofReceived();

        public abstract void ConnectionLost(Exception? exception);

        public abstract void PauseWriting();

        public abstract void ResumeWriting();
    }
}
