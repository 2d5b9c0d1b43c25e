using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>Null arguments, calls in the wrong order, calls after the end, two threads at once.</summary>
[TestFixture]
internal sealed class MisuseTests
{
    [Test]
    public void Null_arguments_are_refused_by_name()
    {
        var test = new TestConnection();
        var (loop, application, options) = (test.Loop, test.Application, new TlsConnectionOptions());

        AssertNull("loop", () => _ = new TlsConnection(null!, application, new ToyCore(), options));
        AssertNull("application", () => _ = new TlsConnection(loop, null!, new ToyCore(), options));
        AssertNull("core", () => _ = new TlsConnection(loop, application, null!, options));
        AssertNull("options", () => _ = new TlsConnection(loop, application, new ToyCore(), null!));
        AssertNull("transport", () => TlsConnection.Upgrade(null!, loop, application, new ToyCore(), options));
        AssertNull("transport", () => test.Connection.ConnectionMade(null!));
        AssertNull("lines", () => test.Transport.WriteLines(null!));
        AssertNull("value", () => test.Transport.Protocol = null!);
    }

    [Test]
    [Property("Defect", "L15")]
    public void A_connection_is_connected_once([Values("handshake", "wrapped", "shutdown", "aborted", "lost")] string when)
    {
        var test = when == "handshake" ? new TestConnection() : TestConnection.Wrapped();
        switch (when)
        {
            case "handshake":
                test.Connect();
                break;
            case "shutdown":
                test.Transport.Close();
                break;
            case "aborted":
                test.Transport.Abort();
                break;
            case "lost":
                test.Lose();
                break;
        }

        var state = test.Connection.State;
        var refused = Assert.Throws<RefusedTriggerException>(test.Connect)!;

        Assert.That((refused.State, refused.Trigger), Is.EqualTo((state.ToString(), nameof(TlsTrigger.Connected))));
        Assert.That(
            refused.Message, Does.Contain($"refuses Connected in state {state}").And.Contain("Unwrapped --Connected--> DoHandshake"));
        Assert.That(refused.UnmetGuards, state == TlsState.Unwrapped ? Has.Member("never connected, closed or aborted") : Is.Empty);
        Assert.That(refused.Transitions, Is.Not.Empty);
        Assert.That(test.Connection.State, Is.EqualTo(state));
    }

    [Test]
    [Property("Defect", "L14")]
    public void Every_call_after_the_end_is_harmless_and_every_question_is_answered(
        [Values("closed twice", "aborted", "lost", "never connected")] string how)
    {
        var test = how == "never connected" ? new TestConnection() : TestConnection.Wrapped();
        switch (how)
        {
            case "closed twice":
                test.Transport.Close();
                test.Transport.Close();
                test.Receive(Toy.CloseNotify);
                break;
            case "lost":
                test.Lose();
                break;
            default:
                test.Transport.Abort();
                break;
        }

        test.Run();
        test.TakeEvents();
        var transport = test.Transport;

        transport.Write("x"u8);
        transport.WriteLines([new byte[1]]);
        transport.PauseReading();
        transport.ResumeReading();
        transport.SetReadBufferLimits(high: 1);
        transport.SetWriteBufferLimits(high: 1);
        transport.Close();
        transport.Abort(new ApplicationFailure());
        transport.Abort(TlsAlert.AccessDenied);
        transport.Protocol = test.Application;
        test.Connection.PauseWriting();
        test.Connection.ResumeWriting();
        test.Connection.DataReceived("late"u8);
        test.Receive(Toy.Data("late"));
        Assert.That(test.Connection.EofReceived(), Is.False);
        test.Lose(new ConnectionReset());
        test.Lose();
        test.Run();

        test.AssertEvents();
        Assert.That((transport.IsClosing, transport.IsReading, transport.CanWriteEof), Is.EqualTo((true, true, false)));
        Assert.That((transport.ReadBufferSize, transport.WriteBufferSize), Is.EqualTo((0, 0)));
        Assert.That((transport.ReadBufferLimits, transport.WriteBufferLimits), Is.EqualTo(((0, 1), (0, 1))));
        Assert.That(transport.GetExtraInfo("no such fact", "default"), Is.EqualTo("default"));
        Assert.That(transport.Protocol, Is.SameAs(test.Application));
    }

    [Test]
    public void Water_marks_out_of_order_are_refused_and_nothing_changes()
    {
        var test = TestConnection.Wrapped();

        Assert.That(
            () => test.Transport.SetWriteBufferLimits(0, 1),
            Throws.ArgumentException.With.Message.EqualTo("high (0) must be >= low (1) must be >= 0"));
        Assert.That(
            () => test.Transport.SetReadBufferLimits(-1, -2),
            Throws.ArgumentException.With.Message.EqualTo("high (-1) must be >= low (-2) must be >= 0"));

        Assert.That(test.Transport.WriteBufferLimits, Is.EqualTo((128 * 1024, 512 * 1024)));
        Assert.That(test.Transport.ReadBufferLimits, Is.EqualTo((64 * 1024, 256 * 1024)));
    }

    [Test]
    [Property("Defect", "L38")]
    public void Two_threads_at_once_are_refused_and_the_first_goes_on()
    {
        var test = TestConnection.Wrapped();
        using var inside = new ManualResetEventSlim();
        using var mayLeave = new ManualResetEventSlim();
        test.Application.OnData = _ =>
        {
            inside.Set();
            Assert.That(mayLeave.Wait(TimeSpan.FromMinutes(1)), Is.True);
        };
        var first = new Thread(() => test.Receive(Toy.Data("first")));
        first.Start();
        Assert.That(inside.Wait(TimeSpan.FromMinutes(1)), Is.True);

        var calls = new Action[]
        {
            () => test.Transport.Write("x"u8), () => test.Transport.WriteLines([]), () => test.Transport.Close(),
            () => test.Transport.Abort(), () => test.Transport.Abort(TlsAlert.AccessDenied), () => test.Transport.PauseReading(),
            () => test.Transport.ResumeReading(),
            () => test.Connection.PauseWriting(), () => test.Connection.ResumeWriting(), () => test.Connection.DataReceived("x"u8),
            () => test.Connection.GetBuffer(1), () => test.Connection.EofReceived(), () => test.Lose(), () => test.Connect(),
            () => test.Transport.SetReadBufferLimits(1), () => test.Transport.SetWriteBufferLimits(1),
            () => test.Transport.Protocol = test.Application,
        };
        foreach (var call in calls)
            Assert.That(call, Throws.InvalidOperationException.With.Message.Contains("used from two threads at once"));
        mayLeave.Set();
        first.Join();

        test.Transport.Write("after"u8);
        test.AssertEvents("data first", "tx d:after");
    }

    [Test]
    [Property("Defect", "L44")]
    public void Deadlines_out_of_range_are_refused_by_name()
    {
        TimeSpan[] bad = [TimeSpan.Zero, TimeSpan.FromSeconds(-10), TimeSpan.FromDays(25), TimeSpan.MaxValue, Timeout.InfiniteTimeSpan];
        foreach (var value in bad)
        {
            Assert.That(
                () => new TlsConnectionOptions { HandshakeTimeout = value },
                Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("HandshakeTimeout should be a positive number"));
            Assert.That(
                () => new TlsConnectionOptions { ShutdownTimeout = value },
                Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("ShutdownTimeout should be a positive number"));
        }
    }

    [Test]
    public void Limits_out_of_range_are_refused_by_name()
    {
        Assert.That(
            () => new TlsLimits { MaxDiscardedAfterClose = -1 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxDiscardedAfterClose should be at least 0, got -1"));
        Assert.That(
            () => new TlsLimits { MaxHandshakeMessageSize = 1023 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxHandshakeMessageSize should be at least 1024"));
        Assert.That(
            () => new TlsLimits { MaxCertificateChainLength = 0 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxCertificateChainLength"));
        Assert.That(
            () => new TlsLimits { MaxRecordsWithoutProgress = 0 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxRecordsWithoutProgress"));
        Assert.That(
            () => new TlsLimits { MaxKeyUpdatesWithoutData = 0 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxKeyUpdatesWithoutData"));
        Assert.That(
            () => new TlsLimits { MaxSessionTickets = 0 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxSessionTickets"));
        Assert.That(
            () => new TlsLimits { MaxRenegotiationAttempts = 0 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxRenegotiationAttempts"));
        Assert.That(
            () => new TlsLimits { MaxTicketsTried = 0 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxTicketsTried"));
        Assert.That(
            () => new TlsLimits { MaxBytesBeforeHello = 1023 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxBytesBeforeHello"));
        Assert.That(
            () => new TlsLimits { MaxBufferedBytes = 65535 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxBufferedBytes"));
    }

    [Test]
    public void Water_marks_out_of_order_in_the_options_are_refused_before_anything_else() =>
        Assert.That(
            () => new TlsConnection(
                new TurnByTurnLoop(), new RecordingApplication([]), new ToyCore(),
                new TlsConnectionOptions { ReadHighWaterMark = 1, ReadLowWaterMark = 2 }),
            Throws.ArgumentException.With.Message.Contains("must be >="));

    private static void AssertNull(string name, Action call) =>
        Assert.That(call, Throws.ArgumentNullException.With.Property("ParamName").EqualTo(name));
}
