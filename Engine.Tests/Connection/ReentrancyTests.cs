using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>Calls back into the connection from wherever it calls out.</summary>
[TestFixture]
[Property("Defect", "L16")]
internal sealed class ReentrancyTests
{
    private static readonly string[] Callbacks = ["made", "data", "eof", "pause", "resume", "lost"];
    private static readonly string[] Calls =
        ["write", "writelines", "close", "abort", "refuse", "pause", "resume", "set protocol", "set limits", "throw"];

    [Test]
    public void Every_call_is_harmless_in_every_callback(
        [ValueSource(nameof(Callbacks))] string callback,
        [ValueSource(nameof(Calls))] string call,
        [Values(null, 3)] int? bufferSize)
    {
        var test = new TestConnection(bufferSize: bufferSize);
        React(test, callback, call);

        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();
        test.Transport.SetWriteBufferLimits(high: 10);
        test.Connection.PauseWriting();
        test.Transport.Write("more than the mark"u8);
        test.Connection.ResumeWriting();
        test.Receive(Toy.Data("some data"), Toy.CloseNotify);
        test.Transport.ResumeReading();
        test.Run();
        test.Transport.Close();
        test.Run();
        test.Advance(100);
        test.Run();

        var events = test.TakeEvents();
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Unwrapped));
        Assert.That(events, Has.Exactly(1).EqualTo("made"));
        Assert.That(events.Count(e => e.StartsWith("lost", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(
            events.Count(e => e.StartsWith("hook", StringComparison.Ordinal)),
            Is.EqualTo(call == "throw" ? events.Count(e => e.StartsWith(callback, StringComparison.Ordinal)) : 0));
        Assert.That((test.Transport.ReadBufferSize, test.Transport.WriteBufferSize, test.Loop.ArmedTimers), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    [Property("Defect", "L16")]
    public void An_abort_in_a_delivery_during_a_flush_is_the_end_of_it([Values(null, 2)] int? bufferSize)
    {
        var test = TestConnection.Wrapped(bufferSize: bufferSize);
        test.Application.OnData = transport => transport.Abort();
        test.Transport.PauseReading();
        test.Receive(Toy.Data("data"));
        test.ReceiveEndOfStream();

        test.Transport.ResumeReading();
        test.Run();

        test.AssertLastEvents("transport aborts", "lost: none");
    }

    [Test]
    public void A_transport_may_say_pause_and_resume_while_it_takes_a_write()
    {
        var test = TestConnection.Wrapped();
        test.Lower.WhileWriting = () =>
        {
            test.Connection.PauseWriting();
            test.Connection.ResumeWriting();
        };

        test.Transport.Write("once"u8);

        test.AssertEvents("tx d:once");
        Assert.That(test.Transport.WriteBufferSize, Is.Zero);
    }

    [Test]
    public void What_the_application_writes_while_the_transport_takes_a_write_goes_out_after_it()
    {
        var test = TestConnection.Wrapped();
        test.Transport.SetWriteBufferLimits(high: 0);
        test.Connection.PauseWriting();
        test.Transport.Write("first"u8);
        test.Application.OnResumeWriting = transport =>
        {
            test.Application.OnResumeWriting = null;
            transport.Write(Toy.Bytes(100_000));
        };
        test.Lower.WhileWriting = () =>
        {
            test.Connection.PauseWriting();
            test.Connection.ResumeWriting();
        };
        test.TakeEvents();

        test.Connection.ResumeWriting();

        var sent = Toy.Parse(test.Lower.Written).Where(r => r.Type == 'd').SelectMany(r => r.Payload);
        Assert.That(sent, Is.EqualTo(new byte[][] { [.. "first"u8], Toy.Bytes(100_000) }.SelectMany(b => b)));
    }

    [Test]
    public void The_end_of_a_connection_inside_the_transports_write_is_survived()
    {
        var test = TestConnection.Wrapped();
        test.Lower.WhileWriting = () => test.Lose(new ConnectionReset());

        test.Transport.WriteLines([new byte[] { 1 }, new byte[] { 2 }]);
        test.Transport.Write("dropped"u8);
        test.Run();

        test.AssertEvents("tx d:1 bytes", "tx d:1 bytes", "lost: reset");
    }

    private static void React(TestConnection test, string callback, string call)
    {
        var application = test.Application;
        switch (callback)
        {
            case "made":
                application.OnConnectionMade = _ => Perform(test, call);
                break;
            case "data":
                application.OnData = _ => Perform(test, call);
                break;
            case "eof":
                application.OnEof = _ => Perform(test, call);
                break;
            case "pause":
                application.OnPauseWriting = _ => Perform(test, call);
                break;
            case "resume":
                application.OnResumeWriting = _ => Perform(test, call);
                break;
            case "lost":
                application.OnConnectionLost = _ => Perform(test, call);
                break;
        }
    }

    private static void Perform(TestConnection test, string call)
    {
        switch (call)
        {
            case "write":
                test.Transport.Write("reply"u8);
                break;
            case "writelines":
                test.Transport.WriteLines([new byte[3], Array.Empty<byte>()]);
                break;
            case "close":
                test.Transport.Close();
                break;
            case "abort":
                test.Transport.Abort();
                break;
            case "refuse":
                test.Transport.Abort(TlsAlert.AccessDenied);
                break;
            case "pause":
                test.Transport.PauseReading();
                break;
            case "resume":
                test.Transport.ResumeReading();
                break;
            case "set protocol":
                test.Transport.Protocol = test.Application;
                break;
            case "set limits":
                test.Transport.SetWriteBufferLimits(high: 0);
                test.Transport.SetReadBufferLimits(high: 0);
                break;
            case "throw":
                throw new ApplicationFailure();
        }
    }
}
