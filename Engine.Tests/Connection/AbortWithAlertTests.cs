using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>
/// An application refuses its peer with an alert of its own choice: over the toy core what happens in which order, over the real one what
/// the peer hears.
/// </summary>
[TestFixture]
internal sealed class AbortWithAlertTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void The_alert_goes_out_then_the_connection_ends_at_once_and_its_exception_names_the_alert()
    {
        var test = TestConnection.Wrapped();
        test.ShowsStates = true;

        test.Transport.Abort(TlsAlert.AccessDenied);
        Assert.That(test.Transport.IsClosing, Is.True);
        test.Run();

        test.AssertEvents("tx a:AccessDenied", "Wrapped > Unwrapped", "transport aborts: aborted", "lost: aborted");
        var told = (TlsException)test.Application.LostWith!;
        Assert.That((told.Reason, told.Fault, told.Alert), Is.EqualTo((CloseReason.LocalAbort, TlsFault.None, TlsAlert.AccessDenied)));
        Assert.That(told.Message, Is.EqualTo("This side has ended the connection with the alert 49 (AccessDenied)."));
        Assert.That(told.Transitions, Is.Not.Empty);
        Assert.That((test.Connection.CloseReason, test.Connection.Failure), Is.EqualTo((CloseReason.LocalAbort, (Exception)told)));
    }

    [Test]
    public void A_reason_is_told_in_place_of_that_exception()
    {
        var test = TestConnection.Wrapped();

        test.Transport.Abort(TlsAlert.InternalError, new ApplicationFailure());
        test.Run();

        test.AssertEvents("tx a:InternalError", "transport aborts: app", "lost: app");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.LocalAbort));
    }

    [Test]
    public void In_each_state_it_does_what_can_be_done()
    {
        var fresh = new TestConnection();
        fresh.Transport.Abort(TlsAlert.AccessDenied);
        fresh.Connect();
        fresh.Run();
        fresh.AssertEvents("waiter: aborted", "transport aborts");

        var handshake = new TestConnection();
        handshake.Connect();
        handshake.Transport.Abort(TlsAlert.AccessDenied);
        handshake.Run();
        handshake.AssertEvents("tx h:hello", "tx a:AccessDenied", "transport aborts: aborted", "waiter: aborted");

        var flushing = TestConnection.Wrapped();
        flushing.Transport.PauseReading();
        flushing.Receive(Toy.Data("unread"));
        flushing.ReceiveEndOfStream();
        Assert.That(flushing.Connection.State, Is.EqualTo(TlsState.Flushing));
        flushing.Transport.Abort(TlsAlert.AccessDenied);
        flushing.Run();
        flushing.AssertEvents("tx a:AccessDenied", "transport aborts: aborted", "lost: aborted");

        var shutdown = TestConnection.Wrapped();
        shutdown.Transport.Close();
        Assert.That(shutdown.Connection.State, Is.EqualTo(TlsState.Shutdown));
        shutdown.Transport.Abort(TlsAlert.AccessDenied);
        shutdown.Run();
        shutdown.AssertEvents("tx c", "tx a:AccessDenied", "transport aborts: aborted", "lost: aborted");
    }

    [Test]
    public void After_the_end_and_a_second_time_it_does_nothing([Values("lost", "failed", "aborted", "refused")] string how)
    {
        var test = TestConnection.Wrapped();
        switch (how)
        {
            case "lost":
                test.Lose();
                break;
            case "failed":
                test.Receive(Toy.Bad);
                break;
            case "aborted":
                test.Transport.Abort();
                break;
            case "refused":
                test.Transport.Abort(TlsAlert.DecodeError);
                break;
        }

        test.Run();
        test.TakeEvents();
        var before = (test.Connection.CloseReason, test.Connection.Failure);

        test.Transport.Abort(TlsAlert.AccessDenied);
        test.Run();

        test.AssertEvents();
        Assert.That((test.Connection.CloseReason, test.Connection.Failure), Is.EqualTo(before));
    }

    [Test]
    public void What_waits_is_dropped_and_on_a_paused_transport_the_alert_with_it()
    {
        var test = TestConnection.Wrapped();
        test.Connection.PauseWriting();
        test.Transport.Write("waits"u8);

        test.Transport.Abort(TlsAlert.AccessDenied);
        test.Run();

        test.AssertEvents("transport aborts: aborted", "lost: aborted");
    }

    [Test]
    public void What_was_written_goes_out_before_the_alert_but_not_what_waits_for_the_handshake()
    {
        var wrapped = TestConnection.Wrapped();
        wrapped.Transport.Write("goodbye"u8);
        wrapped.Transport.Abort(TlsAlert.AccessDenied);
        wrapped.AssertEvents("tx d:goodbye", "tx a:AccessDenied", "transport aborts: aborted");

        var upgrade = TestConnection.Upgrade();
        upgrade.Transport.Write("early"u8);
        upgrade.Connect();
        upgrade.Transport.Abort(TlsAlert.AccessDenied);
        upgrade.AssertLastEvents("tx a:AccessDenied", "transport aborts: aborted", "waiter: aborted");
    }

    [Test]
    public void A_cut_off_stream_is_not_excused_by_the_abort_that_follows()
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions());
        test.ReceiveEndOfStream();

        test.Transport.Abort(TlsAlert.AccessDenied);
        test.Run();

        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Truncated));
    }

    [TestCase(TlsAlert.CloseNotify)]
    [TestCase(TlsAlert.UserCanceled)]
    [TestCase(TlsAlert.NoRenegotiation)]
    [TestCase((TlsAlert)(-1))]
    [TestCase((TlsAlert)256)]
    public void What_is_no_fatal_alert_is_refused_and_nothing_happens(TlsAlert alert)
    {
        var test = TestConnection.Wrapped();

        Assert.That(() => test.Transport.Abort(alert), Throws.ArgumentException.With.Message.StartWith($"{alert} is not a fatal alert"));

        test.Transport.Write("goes on"u8);
        test.AssertEvents("tx d:goes on");
    }

    [Test]
    public void The_peer_hears_it_after_the_handshake_whoever_sends_it(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isServer, [Values(1, int.MaxValue)] int chunkSize)
    {
        var pair = TwoEngines.Connected(new TwoEngines.Setting(version, chunkSize));
        var (ours, theirs) = isServer ? (pair.Server, pair.Client) : (pair.Client, pair.Server);

        ours.Transport.Abort(TlsAlert.AccessDenied);
        pair.Run();

        AssertHeard(pair, ours, theirs, TlsAlert.AccessDenied);
    }

    [Test]
    public void An_alert_without_a_name_is_sent_as_it_is()
    {
        var pair = TwoEngines.Connected(new TwoEngines.Setting(SslProtocols.Tls13, int.MaxValue));

        pair.Client.Transport.Abort((TlsAlert)30);
        pair.Run();

        AssertHeard(pair, pair.Client, pair.Server, (TlsAlert)30);
    }

    [Test]
    public void It_may_follow_our_close_notify([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var notes = new MessageNotes();
        var pair = new TwoEngines(
            new TwoEngines.Setting(version, int.MaxValue),
            server: new TlsServerOptions { Credential = TestCertificates.Server, MessageObserver = notes.Add });
        pair.Connect();

        pair.Server.Transport.Close();
        pair.Server.Transport.Abort(TlsAlert.AccessDenied);
        pair.Run();

        // That the peer looks at it is not asked for: it has heard that nothing follows (RFC 8446 section 6.1).
        Assert.That(notes.Lines[^2..], Is.EqualTo(new[] { "> alert 1 CloseNotify *", "> alert 2 AccessDenied *" }));
        Assert.That(pair.Server.Connection.CloseReason, Is.EqualTo(CloseReason.LocalAbort));
    }

    [Test]
    public void The_peer_hears_it_in_the_first_moment_of_a_handshake([Values] bool isServer, [Values] bool isChoosing)
    {
        var options = isChoosing
            ? new TlsServerOptions { Credential = TestCertificates.Server, Choose =
                (_, decision) => decision.Complete(TlsServerChoice.Default) }
            : null;
        var pair = new TwoEngines(new TwoEngines.Setting(SslProtocols.Tls13, int.MaxValue), server: options);
        var (ours, theirs) = isServer ? (pair.Server, pair.Client) : (pair.Client, pair.Server);
        pair.Server.Connection.ConnectionMade(pair.Server.Lower);
        pair.Client.Connection.ConnectionMade(pair.Client.Lower);

        ours.Transport.Abort(TlsAlert.AccessDenied);
        pair.Run();

        AssertHeard(pair, ours, theirs, TlsAlert.AccessDenied);
    }

    [Test]
    public void The_peer_hears_it_while_a_decision_is_awaited_and_from_inside_of_the_question(
        [ValueSource(nameof(Versions))] SslProtocols version,
        [Values("choice", "verdict on server", "verdict on client", "credential", "server signature", "client signature")] string what,
        [Values] bool isInside)
    {
        Action? refuse = null;
        TwoEngines.End? ours = null;
        void Ask(string asked)
        {
            if (asked != what)
                return;

            refuse = () => ours!.Transport.Abort(TlsAlert.AccessDenied);
            if (isInside)
                refuse();
        }

        var pair = Undecided(version, what, Ask);
        ours = what is "choice" or "verdict on client" or "server signature" ? pair.Server : pair.Client;
        var theirs = ours == pair.Server ? pair.Client : pair.Server;

        pair.Connect();
        Assert.That(refuse is not null, "it was asked");
        if (!isInside)
        {
            Assert.That(ours.Connection.State, Is.EqualTo(TlsState.DoHandshake));
            refuse!();
        }

        pair.Run();

        AssertHeard(pair, ours, theirs, TlsAlert.AccessDenied);
    }

    [Test]
    public void What_happens_inside_of_the_core_after_it_is_not_shown()
    {
        TwoEngines? pair = null;
        var notes = new MessageNotes();
        pair = new TwoEngines(new TwoEngines.Setting(SslProtocols.Tls13, int.MaxValue), client: new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, MessageObserver = notes.Add, Credential = TestCertificates.Client,
            Verification = TestCertificates.Verification with
            {
                Review = (_, decision) =>
                {
                    pair!.Client.Transport.Abort(TlsAlert.AccessDenied);
                    decision.Complete(null);
                },
            },
        });

        pair.Connect();

        Assert.That(notes.Lines[^1], Is.EqualTo("> alert 2 AccessDenied *"));
        AssertHeard(pair, pair.Client, pair.Server, TlsAlert.AccessDenied);
    }

    [Test]
    public void A_session_of_TLS_12_is_not_resumed_after_it()
    {
        var cache = new MemorySessionCache();
        foreach (var isRefused in (bool[])[true, false])
        {
            var pair = new TwoEngines(new TwoEngines.Setting(SslProtocols.Tls12, int.MaxValue), client: new TlsClientOptions
            {
                TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = SslProtocols.Tls12,
                SessionCache = cache,
            });
            pair.Connect();

            Assert.That(pair.Client.Connection.Session!.IsResumed, Is.False);
            if (isRefused)
                pair.Client.Transport.Abort(TlsAlert.AccessDenied);
            pair.Run();
        }
    }

    private static TwoEngines Undecided(SslProtocols version, string what, Action<string> ask)
    {
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, EnabledProtocols = version,
            Verification = what == "verdict on server" ? Asking("verdict on server") : TestCertificates.Verification,
            ChooseCredential = what == "credential" ? (_, _) => ask("credential") : null,
            Credential = what == "client signature"
                ? Elsewhere(TestCertificates.Client, "client signature") : what == "credential" ? null : TestCertificates.Client,
        };
        var server = new TlsServerOptions
        {
            Credential = what == "server signature" ? Elsewhere(TestCertificates.Server, "server signature") : TestCertificates.Server,
            EnabledProtocols = version,
            Choose = what == "choice" ? (_, _) => ask("choice") : null,
            ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = what == "verdict on client" ? Asking("verdict on client") : TestCertificates.Verification,
        };
        return new TwoEngines(new TwoEngines.Setting(version, int.MaxValue), client, server);

        CertificateVerification Asking(string question) => TestCertificates.Verification with { Review = (_, _) => ask(question) };

        TlsCredential Elsewhere(TlsCredential credential, string question) => new(
            X509CertificateLoader.LoadCertificate(credential.Certificate.RawData), new AskingSigner(() => ask(question)),
            credential.Intermediates);
    }

    private static void AssertHeard(TwoEngines pair, TwoEngines.End ours, TwoEngines.End theirs, TlsAlert alert)
    {
        var failure = theirs.Connection.Failure as TlsException;
        Assert.That((failure?.Fault, failure?.Alert), Is.EqualTo((TlsFault.PeerAlert, alert)), $"{failure}");
        Assert.That(
            (ours.Connection.CloseReason, (ours.Connection.Failure as TlsException)?.Alert), Is.EqualTo((CloseReason.LocalAbort, alert)),
            $"{ours.Connection.Failure}");
        Assert.That((ours.Connection.State, theirs.Connection.State), Is.EqualTo((TlsState.Unwrapped, TlsState.Unwrapped)));
        Assert.That(pair.Loop.ArmedTimers, Is.Zero);
    }

    private sealed class AskingSigner(Action ask) : ITlsSigner
    {
        public void Sign(TlsSignatureScheme scheme, ReadOnlyMemory<byte> hash, TlsDecision<ReadOnlyMemory<byte>> decision) => ask();
    }
}
