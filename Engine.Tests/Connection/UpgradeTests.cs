using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>Takes a running transport over (<see cref="TlsConnection.Upgrade"/>, STARTTLS).</summary>
[TestFixture]
internal sealed class UpgradeTests
{
    private static readonly TlsConnectionOptions Options = new() { CallConnectionMade = false, TolerateTruncation = true };

    [Test]
    public void The_application_is_not_told_again_and_the_transport_reads_again_after_the_connect()
    {
        var test = Upgraded();

        test.AssertEvents("transport pauses");
        test.Run();
        test.Receive(Toy.Hello, Toy.Data("secret"));
        test.Run();

        test.AssertEvents("tx h:hello", "transport resumes", "waiter: ok", "data secret");
    }

    [Test]
    public void Bytes_that_had_arrived_before_the_switch_may_be_the_first_of_the_handshake()
    {
        var test = Upgraded([.. Toy.Hello, .. Toy.Data("early")], injection: PlaintextInjection.TreatAsTls);

        test.Run();

        test.AssertEvents("transport pauses", "tx h:hello", "transport resumes", "waiter: ok", "data early");
    }

    [Test]
    [Property("Defect", "L5")]
    public void A_paused_reader_stays_paused()
    {
        var test = Upgraded(prepare: transport => transport.PauseReading());

        test.Run();
        test.Receive(Toy.Hello, Toy.Data("unread"));
        test.Run();
        Assert.That(test.Transport.IsReading, Is.False);
        test.AssertEvents("transport pauses", "transport pauses", "tx h:hello", "transport resumes", "waiter: ok");

        test.Transport.ResumeReading();
        test.Run();
        test.AssertEvents("data unread");
    }

    [Test]
    public void A_pause_that_the_first_bytes_ask_for_is_not_undone()
    {
        var options = new TlsConnectionOptions { CallConnectionMade = false, ReadHighWaterMark = 10 };
        byte[] received = [.. Toy.Hello, .. Toy.Data("more than the mark")];
        var test = new TestConnection(options, bufferSize: 1, test =>
        {
            var connection = TlsConnection.Upgrade(
                test.Lower, test.Loop, test.Application, new ToyCore(), options, received, PlaintextInjection.TreatAsTls);
            connection.Transport.SetReadBufferLimits(high: 10);
            return connection;
        });
        test.Application.OnData = transport => transport.PauseReading();

        test.Run();
        test.Receive(Toy.Data("another over the mark"));

        Assert.That(test.Lower.IsReading, Is.False);
        test.AssertLastEvents("transport pauses");
    }

    [Test]
    [Property("Defect", "L5")]
    public void A_paused_writer_waits_for_the_transport_and_is_resumed()
    {
        var test = Upgraded(prepare: transport => transport.IsWritingPaused = true);

        test.Run();
        Assert.That(test.Transport.WriteBufferSize, Is.EqualTo(Toy.Hello.Length));
        Assert.That(test.TakeEvents(), Has.No.Member("tx h:hello"));
        test.Connection.ResumeWriting();
        test.Receive(Toy.Hello);
        test.Connection.PauseWriting();
        test.Connection.ResumeWriting();

        Assert.That(test.Transport.IsWritingPaused, Is.False);
        Assert.That(test.TakeEvents(), Has.Member("tx h:hello"));
    }

    [Test]
    [Property("Defect", "L5")]
    public void An_application_that_was_told_to_pause_before_is_told_to_resume()
    {
        var test = Upgraded(prepare: transport => transport.IsWritingPaused = true);
        Assert.That(test.Transport.IsWritingPaused, Is.True);

        test.Run();
        test.Connection.ResumeWriting();

        Assert.That(test.TakeEvents(), Has.Exactly(1).EqualTo("resume"));
    }

    [Test]
    [Property("Defect", "L13")]
    public void A_loss_between_the_switch_and_the_connect_fails_the_waiter_and_is_told_once()
    {
        var test = Upgraded(Toy.Hello, injection: PlaintextInjection.TreatAsTls);

        test.Lose(new ConnectionReset());
        test.Run();

        test.AssertEvents("transport pauses", "waiter: reset", "transport aborts", "transport resumes", "lost: reset");
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Unwrapped));
    }

    [Test]
    public void A_close_between_the_switch_and_the_connect_aborts_on_connect()
    {
        var test = Upgraded();

        test.Transport.Close();
        test.Run();

        test.AssertEvents("transport pauses", "waiter: aborted", "transport aborts", "transport resumes", "lost: none");
    }

    [TestCase(1)]
    [TestCase(700)]
    public void Bytes_that_had_arrived_before_the_switch_are_refused_by_default(int count)
    {
        var test = Upgraded(new byte[count]);
        test.AssertEvents("transport pauses");

        test.Run();

        var failure = (TlsException)test.Connection.Failure!;
        Assert.That((failure.Reason, failure.Fault), Is.EqualTo((CloseReason.PlaintextInjection, TlsFault.PeerMisbehaved)));
        Assert.That(failure.Message, Does.StartWith($"{count} bytes had arrived in the clear"));
        Assert.That(failure.Transitions, Is.Not.Empty);
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.PlaintextInjection));
        Assert.That(test.Connection.Handshake.Exception!.InnerException, Is.SameAs(failure));
        Assert.That(test.Application.LostWith, Is.SameAs(failure));
        Assert.That(test.Lower.Written, Is.Empty);
        test.AssertEvents("transport aborts: tls", "waiter: tls", "transport resumes", "lost: tls");
    }

    [Test]
    public void An_application_that_was_told_nothing_yet_learns_of_the_refusal_from_the_handshake_alone()
    {
        var options = new TlsConnectionOptions();
        var test = new TestConnection(options, make: test =>
            TlsConnection.Upgrade(test.Lower, test.Loop, test.Application, new ToyCore(), options, "EHLO"u8.ToArray()));

        test.Run();

        test.AssertEvents("transport pauses", "transport aborts: tls", "waiter: tls", "transport resumes");
    }

    [Test]
    public void A_close_before_the_refusal_is_an_ordinary_one()
    {
        var test = Upgraded("EHLO"u8.ToArray());

        test.Transport.Close();
        test.Run();

        test.AssertEvents("transport pauses", "waiter: aborted", "transport aborts", "transport resumes", "lost: none");
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.LocalAbort));
    }

    [Test]
    public void Dropped_bytes_are_no_part_of_anything()
    {
        var test = Upgraded("EHLO attacker"u8.ToArray(), injection: PlaintextInjection.Drop);

        test.Run();
        test.Receive(Toy.Hello, Toy.Data("secret"));
        test.Run();

        test.AssertEvents("transport pauses", "tx h:hello", "transport resumes", "waiter: ok", "data secret");
    }

    [Test]
    public void With_no_bytes_every_policy_is_the_same([Values] PlaintextInjection injection)
    {
        var test = Upgraded(injection: injection);

        test.Run();
        test.Receive(Toy.Hello);
        test.Run();

        test.AssertEvents("transport pauses", "tx h:hello", "transport resumes", "waiter: ok");
    }

    [Test]
    public void A_policy_that_does_not_exist_is_refused() =>
        Assert.That(
            () => Upgraded(injection: (PlaintextInjection)3),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("injection"));

    private static TestConnection Upgraded(
        byte[]? received = null, Action<RecordingTransport>? prepare = null, PlaintextInjection injection = PlaintextInjection.Refuse) =>
        new(Options, make: test =>
        {
            prepare?.Invoke(test.Lower);
            return TlsConnection.Upgrade(test.Lower, test.Loop, test.Application, new ToyCore(), Options, received, injection);
        });
}
