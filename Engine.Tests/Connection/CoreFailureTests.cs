namespace TlsFsm.Tests.Connection;

/// <summary>The core fails in each of its calls: its alert is the last that goes out, and its failure is what everybody is told.</summary>
[TestFixture]
internal sealed class CoreFailureTests
{
    /// <summary>By what is done: the member that fails, and the call that meets it.</summary>
    private static readonly Dictionary<string, (string Member, Action<TestConnection> Act)> Calls = new()
    {
        ["a write"] = (nameof(ITlsCore.Write), test => test.Transport.Write("lost"u8)),
        ["lines"] = (nameof(ITlsCore.Write), test => test.Transport.WriteLines(["lost"u8.ToArray(), "too"u8.ToArray()])),
        ["a half-close"] = (nameof(ITlsCore.CloseWrite), test => test.Transport.WriteEof()),
        ["new keys"] = (nameof(ITlsCore.UpdateKeys), test => test.Connection.UpdateKeys(requestPeer: false)),
        ["a close"] = (nameof(ITlsCore.StepShutdown), test => test.Transport.Close()),
        ["a refusal"] = (nameof(ITlsCore.SendAlert), test => test.Transport.Abort(TlsAlert.AccessDenied)),
        ["a read"] = (nameof(ITlsCore.Read), test => test.Receive(Toy.Data("unread"))),
    };

    /// <summary>Where small writes wait for the end of the turn: what meets them first.</summary>
    private static readonly Dictionary<string, Action<TestConnection>> Ends = new()
    {
        ["the end of the turn"] = test => test.Run(),
        ["a half-close"] = test => test.Transport.WriteEof(),
        ["a close"] = test => test.Transport.Close(),
        ["a record's worth"] = test => test.Transport.Write(new byte[TlsRecordSize.Max]),
        ["lines"] = test => test.Transport.WriteLines(["too"u8.ToArray()]),
        ["bytes of the peer"] = test => test.Receive(Toy.Data("")),
    };

    [Test]
    public void Its_alert_goes_out_and_nothing_behind_it(
        [ValueSource(nameof(Calls))] KeyValuePair<string, (string, Action<TestConnection>)> call)
    {
        var (core, test) = Wrapped(new TlsConnectionOptions { AllowHalfCloseOnTls12 = true });
        (core.Fails, var act) = call.Value;

        act(test);
        test.Transport.Write("after the end"u8);
        test.Run();

        test.AssertEvents("tx a:broken", "transport aborts: tls", "lost: tls");
        AssertFailed(core, test);
    }

    [Test]
    public void Writes_that_wait_for_the_end_of_the_turn_are_lost_with_it(
        [ValueSource(nameof(Ends))] KeyValuePair<string, Action<TestConnection>> end)
    {
        var (core, test) = Wrapped(new TlsConnectionOptions { CoalesceWrites = true, AllowHalfCloseOnTls12 = true });
        test.Transport.Write("lost"u8);
        core.Fails = nameof(ITlsCore.Write);

        end.Value(test);
        test.Run();

        test.AssertEvents("tx a:broken", "transport aborts: tls", "lost: tls");
        AssertFailed(core, test);
    }

    [Test]
    public void Writes_that_waited_for_the_handshake_are_lost_with_it([Values] bool coalesces)
    {
        var core = new FailingCore { Fails = nameof(ITlsCore.Write) };
        var test = Make(core, new TlsConnectionOptions { CoalesceWrites = coalesces });
        test.Connection.Transport.Write("one"u8);
        test.Connection.Transport.Write("two"u8);

        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();

        test.AssertLastEvents("made", "waiter: ok", "tx a:broken", "transport aborts: tls", "lost: tls");
        AssertFailed(core, test);
    }

    [Test]
    public void What_the_application_does_when_it_is_told_of_the_connection_comes_behind_writes_that_are_lost([Values] bool closes)
    {
        var core = new FailingCore { Fails = nameof(ITlsCore.Write) };
        var test = Make(core, new TlsConnectionOptions());
        test.Connection.Transport.Write("one"u8);
        int? left = null;
        test.Application.OnConnectionMade = transport =>
        {
            if (closes)
                transport.Close();
            else
                transport.Write("two"u8);
            left = transport.WriteBufferSize;
        };

        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();

        test.AssertLastEvents("made", "tx a:broken", "transport aborts: tls", "waiter: ok", "lost: tls");
        Assert.That(left, Is.Zero, "nothing more was made of it");
        AssertFailed(core, test);
    }

    [Test]
    public void A_handshake_that_fails_tells_its_awaiter_the_same([Values] bool atOnce)
    {
        var core = new FailingCore { Fails = atOnce ? nameof(ITlsCore.StepHandshake) : null };
        var test = Make(core, new TlsConnectionOptions());

        test.Connect();
        core.Fails = nameof(ITlsCore.StepHandshake);
        if (!atOnce)
            test.Receive(Toy.Hello);
        test.Run();

        test.AssertLastEvents("tx a:broken", "transport aborts: tls", "waiter: tls");
        Assert.That(test.Connection.Handshake.Exception!.InnerException, Is.SameAs(core.Failure));
        AssertFailed(core, test);
    }

    [Test]
    public void A_core_knows_what_the_connection_is_called_in_the_log_also_when_the_host_names_it_later()
    {
        ITlsCore core = new FailingCore();
        var test = Make((FailingCore)core, new TlsConnectionOptions());
        Assert.That(core.ConnectionName!(), Is.EqualTo(test.Connection.Id));

        test.Connection.Parts.Name("of the host");

        Assert.That(core.ConnectionName!(), Is.EqualTo("of the host"));
    }

    [Test]
    public void A_core_is_let_go_when_the_connection_ends_however_it_does(
        [Values("close", "abort", "loss", "failure", "detach")] string how)
    {
        var (core, test) = Wrapped(new TlsConnectionOptions { StopAfterHandshake = how == "detach" });
        switch (how)
        {
            case "close":
                test.Transport.Close();
                test.Receive(Toy.CloseNotify);
                break;
            case "abort":
                test.Transport.Abort();
                break;
            case "loss":
                test.Lose();
                break;
            case "failure":
                test.Receive(Toy.Bad);
                break;
            case "detach":
                test.Connection.Detach(new PlainProtocolRecorder([]));
                break;
        }

        test.Run();

        Assert.That(core.Disposals, Is.Positive);
    }

    private static void AssertFailed(FailingCore core, TestConnection test)
    {
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Failed));
        Assert.That(test.Connection.Failure, Is.SameAs(core.Failure));
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Unwrapped));
        Assert.That(core.Failure.Transitions, Has.Some.Matches<Transition>(step => step is { Machine: "Tls", Trigger: "Failed" }));
        Assert.That(core.Disposals, Is.Positive, "it is let go");
        Assert.That((test.Transport.WriteBufferSize, test.Transport.ReadBufferSize, test.Loop.ArmedTimers), Is.EqualTo((0, 0, 0)));
    }

    private static (FailingCore Core, TestConnection Test) Wrapped(TlsConnectionOptions options)
    {
        var core = new FailingCore();
        var test = Make(core, options);
        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();
        test.TakeEvents();
        return (core, test);
    }

    private static TestConnection Make(FailingCore core, TlsConnectionOptions options) =>
        new(options, make: test => new TlsConnection(test.Loop, test.Application, core, options));
}
