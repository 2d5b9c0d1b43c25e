using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Running;
using TlsFsm.Fuzz.Targets;

namespace TlsFsm.Tests.Fuzzing;

/// <summary>An oracle that cannot fail proves nothing.</summary>
public sealed class FuzzOracleTests
{
    [Test]
    public void A_planted_bug_is_found_written_replayed_and_made_smaller()
    {
        var target = new Planted();
        var fuzzer = new Fuzzer(target, seed: 1, []);
        fuzzer.Run(TimeSpan.FromMinutes(1), runs: 5000, maxFinds: 1);
        Assert.That(fuzzer.Finds, Has.Count.EqualTo(1));

        var folder = Directory.CreateTempSubdirectory().FullName;
        var (name, input) = Find.Read(fuzzer.Finds[0].Write(folder));
        var kind = Minimiser.KindOf(target, input);
        var smaller = Minimiser.Minimise(input, other => Minimiser.KindOf(target, other) == kind);
        Directory.Delete(folder, recursive: true);

        Assert.That(name, Is.EqualTo("planted"));
        Assert.That(input, Is.EqualTo(fuzzer.Finds[0].Input));
        Assert.That(kind, Does.StartWith("find: "));
        Assert.That(smaller, Is.EqualTo("!"u8.ToArray()));
    }

    [Test]
    public void An_exception_that_is_not_documented_is_a_find()
    {
        Assert.That(
            () => Oracle.Guard(1, (1 << 20, 1), () => throw new InvalidOperationException("no"), static e => e is ArgumentException),
            Throws.TypeOf<FindException>().With.Message.Contains("InvalidOperationException"));
        Assert.That(
            Oracle.Guard(1, (1 << 20, 1), () => throw new ArgumentException("yes"), static e => e is ArgumentException),
            Is.EqualTo("ArgumentException: yes"));
    }

    [Test]
    public void Memory_beyond_a_multiple_of_the_input_is_a_find() => Assert.That(
        () => Oracle.Guard(10, (1000, 10), () => new byte[2000].Length.ToString(), static _ => false),
        Throws.TypeOf<FindException>().With.Message.Contains("for an input of 10; 1100 are allowed"));

    [Test]
    public void A_loop_that_spins_is_a_find()
    {
        var loop = new FuzzLoop();
        Spin(null);

        Assert.That(loop.Run, Throws.TypeOf<FindException>().With.Message.Contains("The loop spins"));

        void Spin(object? state) => loop.CallSoon(Spin, null);
    }

    [Test]
    public void What_is_told_after_the_loss_is_a_find()
    {
        var (loop, options) = (new FuzzLoop(), new TlsClientOptions { TargetHost = "localhost", Verification = Identities.Trust });
        using var core = BouncyCastleCore.CreateClient(options);
        IProtocol side = new EngineSide(loop, core, options);
        side.ConnectionMade((ITransport)side);
        side.ConnectionLost(null);

        Assert.That(() => side.ConnectionLost(null), Throws.TypeOf<FindException>());
        Assert.That(() => side.DataReceived("late"u8), Throws.TypeOf<FindException>());
        Assert.That(() => side.EofReceived(), Throws.TypeOf<FindException>());
    }

    /// <summary>A byte more in each message of a peer: the record around it stays right, so only who reads the message can mind.</summary>
    [Test]
    public void Changes_reach_messages_before_they_are_protected([Values] bool isServer)
    {
        byte[] setting = [0, 2, 0, 0, 0, 0];
        var plain = new HandshakeTarget(isServer).Run(setting);
        var ends = Enumerable.Range(0, 8)
            .Select(which => new HandshakeTarget(isServer).Run([.. setting, (byte)Change.Append, (byte)which, 0, 0, 1, 7]).Words)
            .ToList();

        Assert.That(plain.Words, Does.StartWith("made, Clean").And.Contains("[firstsecond]"));
        Assert.That(ends[2], Does.StartWith("not made, Failed, PeerMisbehaved, DecodeError"),
            "a message of the handshake that is protected");
        Assert.That(ends, Has.Some.Contains("[first\u0007second]"), "data");
    }

    private sealed class Planted : ITarget
    {
        public string Name => "planted";

        public string Oracle => "There is no exclamation mark.";

        public byte[] Make(Dice dice) => dice.Bytes(20);

        public Outcome Run(ReadOnlySpan<byte> input) => input.Contains((byte)'!')
            ? throw new FindException("There is an exclamation mark.") : new Outcome("fine");
    }
}
