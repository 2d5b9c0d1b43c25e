using System.Reflection;
using TlsFsm.Connection;
using TlsFsm.Machines;

namespace TlsFsm.Tests.Connection;

/// <summary>The machines are the whole state: lives that differ in what may happen next differ in a state and in the log.</summary>
[TestFixture]
internal sealed class LifeTests
{
    private static readonly Dictionary<string, Func<TestConnection>> Lives = new()
    {
        ["open"] = Open,
        ["the peer has ended, and we still write"] = PeerEnded,
        ["we have ended, and still read"] = WeEnded,
        ["both have ended, and the application keeps the connection"] = BothEnded,
        ["stopped after the handshake"] = () => TestConnection.Wrapped(new TlsConnectionOptions { StopAfterHandshake = true }),
        ["the transport's stream has ended, with bytes still to read"] = StreamEnded,
        ["stopped after the handshake, and the stream has ended"] = HeldAndEnded,
        ["kept open behind the end of the stream"] = KeptOpenBehindTheStream,
    };

    [Test]
    public void No_two_lives_have_the_same_states_or_the_same_log()
    {
        var lives = Lives.Values.Select(live => live().Connection).ToList();

        var states = lives.Select(life => (life.State, life.ReadState, life.WriteState, life.AppState)).ToList();
        var logs = lives.Select(life => string.Join('\n', life.Transitions.Select(step => $"{step.Machine} {step.Trigger} {step.To}"))).ToList();

        Assert.That(states, Is.Unique);
        Assert.That(logs, Is.Unique);
    }

    [TestCase("open", ReadState.Open, WriteState.Open)]
    [TestCase("the peer has ended, and we still write", ReadState.Closed, WriteState.KeptOpen)]
    [TestCase("we have ended, and still read", ReadState.Open, WriteState.HalfClosed)]
    [TestCase("both have ended, and the application keeps the connection", ReadState.Closed, WriteState.Ended)]
    [TestCase("stopped after the handshake", ReadState.Held, WriteState.Open)]
    [TestCase("the transport's stream has ended, with bytes still to read", ReadState.Draining, WriteState.Open)]
    [TestCase("stopped after the handshake, and the stream has ended", ReadState.HeldEnded, WriteState.Open)]
    [TestCase("kept open behind the end of the stream", ReadState.Ended, WriteState.KeptOpen)]
    public void Each_life_has_its_states(string life, ReadState read, WriteState write)
    {
        var connection = Lives[life]().Connection;

        Assert.That((connection.ReadState, connection.WriteState), Is.EqualTo((read, write)));
    }

    [TestCaseSource(nameof(Lives))]
    public void From_each_a_close_leads_to_the_end(KeyValuePair<string, Func<TestConnection>> life)
    {
        var test = life.Value();

        test.Transport.Close();
        test.Run();
        if (test.Connection.State != TlsState.Unwrapped)
            test.Receive(Toy.CloseNotify);
        test.Run();

        Assert.That((test.Connection.State, test.Connection.WriteState), Is.EqualTo((TlsState.Unwrapped, WriteState.Over)));
        Assert.That(test.Loop.ArmedTimers, Is.Zero);
        Assert.That(test.Connection.Transitions.Where(step => step.Machine == WriteMachine.Name).Select(step => step.To).TakeLast(3),
            Is.EqualTo((string[])["Closing", "Closed", "Over"]));
    }

    /// <summary>Whoever adds a flag says here why it is none of the machines'; the documents have the same table.</summary>
    [Test]
    public void What_a_flow_keeps_beside_the_machines_is_listed_with_its_reason()
    {
        var kept = from type in typeof(TlsConnection).Assembly.GetTypes()
                   where type.Namespace == "TlsFsm.Connection" || type == typeof(TlsConnection) || type == typeof(TlsTransport)
                   from field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
                   where field.FieldType == typeof(bool) || field.FieldType.IsEnum
                   where !type.Name.StartsWith('<')
                   select $"{type.Name}.{Name(field)}";

        var listed = File.ReadLines(Path.Combine(Architecture.Repository.Folder, "ARCHITECTURE.md"))
            .SkipWhile(line => !line.StartsWith("### What is no machine's", StringComparison.Ordinal))
            .TakeWhile(line => line != "### Flows")
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]);

        Assert.That(listed, Is.EquivalentTo(kept));
    }

    private static string Name(FieldInfo field) =>
        field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;

    private static TestConnection Open() => TestConnection.Wrapped(HalfClosing);

    private static TestConnection PeerEnded()
    {
        var test = Keeping();
        test.Receive(Toy.CloseNotify);
        return test;
    }

    private static TestConnection WeEnded()
    {
        var test = Open();
        test.Transport.WriteEof();
        return test;
    }

    private static TestConnection BothEnded()
    {
        var test = Keeping();
        test.Transport.WriteEof();
        test.Receive(Toy.CloseNotify);
        return test;
    }

    private static TestConnection StreamEnded()
    {
        var test = Open();
        test.Transport.PauseReading();
        test.Receive(Toy.Data("still to read"));
        test.ReceiveEndOfStream();
        return test;
    }

    private static TestConnection HeldAndEnded()
    {
        var test = TestConnection.Wrapped(new TlsConnectionOptions { StopAfterHandshake = true });
        test.ReceiveEndOfStream();
        return test;
    }

    private static TestConnection KeptOpenBehindTheStream()
    {
        var test = Keeping();
        test.ReceiveEndOfStream();
        return test;
    }

    private static TestConnection Keeping()
    {
        var test = Open();
        test.Application.KeepsOpen = true;
        return test;
    }

    private static TlsConnectionOptions HalfClosing => new() { AllowHalfCloseOnTls12 = true, TolerateTruncation = true };
}
