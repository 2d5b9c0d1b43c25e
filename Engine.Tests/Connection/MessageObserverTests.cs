using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>A message observer on a connection: who it is, what it may do, and what becomes of what it throws.</summary>
[TestFixture]
internal sealed class MessageObserverTests
{
    private static readonly TwoEngines.Setting Tls13 = new(SslProtocols.Tls13, int.MaxValue);

    [TestCaseSource(typeof(TwoEngines), nameof(TwoEngines.Settings))]
    public void The_one_of_the_options_sees_a_whole_life_however_the_bytes_come(TwoEngines.Setting setting)
    {
        var notes = new MessageNotes();
        var pair = new TwoEngines(setting, client: Client(setting.Version, notes.Add));
        pair.Connect();

        pair.Client.Transport.Close();
        pair.Run();

        pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
        Assert.That(notes.Lines[0], Is.EqualTo("> ClientHello"));
        Assert.That(notes.Lines[^2..], Is.EqualTo(new[] { "> alert 1 CloseNotify *", "< alert 1 CloseNotify *" }));
    }

    [Test]
    public void A_connection_may_have_one_of_its_own_or_none()
    {
        var (shared, own) = (new MessageNotes(), new MessageNotes());
        var options = Server(shared.Add);
        var (first, second) = (new TwoEngines(Tls13, server: options), new TwoEngines(Tls13, server: options));
        first.Server.Connection.MessageObserver = own.Add;
        second.Server.Connection.MessageObserver = null;

        first.Connect();
        second.Connect();

        Assert.That(own.Lines[0], Is.EqualTo("< ClientHello"));
        Assert.That(shared.Lines, Is.Empty);
    }

    [Test]
    public void It_is_there_before_the_transport_or_not_at_all()
    {
        var pair = TwoEngines.Connected(Tls13);

        Assert.That(
            () => pair.Client.Connection.MessageObserver = _ => { },
            Throws.InvalidOperationException.With.Message.Contains("before the transport is connected"));
        Assert.That(pair.Client.Connection.MessageObserver, Is.Null);
    }

    [Test]
    public void A_core_without_messages_ignores_it()
    {
        var notes = new MessageNotes();
        var test = new TestConnection(new TlsConnectionOptions { MessageObserver = notes.Add, TolerateTruncation = true });

        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();

        test.AssertEvents("tx h:hello", "made", "waiter: ok");
        Assert.That(notes.Lines, Is.Empty);
    }

    [Test]
    public void What_it_throws_is_reported_on_a_later_turn_and_changes_nothing()
    {
        var count = 0;
        List<Exception> unhandled = [];
        var pair = new TwoEngines(Tls13, client: Client(SslProtocols.Tls13, _ => throw new FormatException($"{count++}")));
        pair.Loop.Unhandled = unhandled.Add;

        pair.Connect();

        Assert.That(pair.Client.Connection.State, Is.EqualTo(TlsState.Wrapped));
        Assert.That(pair.Server.Connection.State, Is.EqualTo(TlsState.Wrapped));
        Assert.That(count, Is.GreaterThan(5));
        Assert.That(unhandled.Select(exception => exception.Message), Is.EqualTo(Enumerable.Range(0, count).Select(i => $"{i}")));
    }

    [Test]
    public void It_must_not_call_back_in_and_what_it_wanted_is_not_done()
    {
        TwoEngines? pair = null;
        List<Exception> unhandled = [];
        pair = new TwoEngines(Tls13, client: Client(SslProtocols.Tls13, _ => pair!.Client.Transport.Abort()));
        pair.Loop.Unhandled = unhandled.Add;

        pair.Connect();

        Assert.That(pair.Client.Connection.State, Is.EqualTo(TlsState.Wrapped));
        Assert.That(unhandled, Is.Not.Empty.And.All.InstanceOf<InvalidOperationException>().With.Message.Contains("must not call back"));
    }

    private static TlsClientOptions Client(SslProtocols version, Action<TlsMessage> observer) => new()
    {
        TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
        MessageObserver = observer,
    };

    private static TlsServerOptions Server(Action<TlsMessage> observer) =>
        new() { Credential = TestCertificates.Server, MessageObserver = observer };
}
