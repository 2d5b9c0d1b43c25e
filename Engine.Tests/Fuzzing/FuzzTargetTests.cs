using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Running;
using TlsFsm.Fuzz.Targets;

namespace TlsFsm.Tests.Fuzzing;

/// <summary>The corpus is played, and some inputs more; the long runs are <c>Engine.Fuzz</c>'s own (docs/fuzzing.md).</summary>
public sealed class FuzzTargetTests
{
    private static IEnumerable<string> Names => AllTargets.List.Select(target => target.Name);

    [Test]
    public void Every_input_of_the_corpus_holds([ValueSource(nameof(Names))] string name)
    {
        var target = AllTargets.ByName(name);
        var corpus = Corpus.Of(target);

        var finds = corpus.Select(one => (one.File, Find: Fuzzer.Try(target, one.Input, out _)))
            .Where(one => one.Find is not null)
            .Select(one => $"{one.File}: {one.Find!.Message}");

        Assert.That(corpus, Is.Not.Empty);
        Assert.That(finds, Is.Empty);
    }

    [Test]
    public void A_short_run_of_a_seed_finds_nothing([ValueSource(nameof(Names))] string name)
    {
        var fuzzer = new Fuzzer(AllTargets.ByName(name), seed: 1, []);

        fuzzer.Run(TimeSpan.FromMinutes(5), runs: 20);

        Assert.That(fuzzer.Finds.Select(find => find.Message), Is.Empty);
        Assert.That(fuzzer.Runs, Is.EqualTo(20));
    }

    [Test]
    public void The_same_seed_gives_the_same_inputs([ValueSource(nameof(Names))] string name)
    {
        var target = AllTargets.ByName(name);
        var corpus = Corpus.Of(target).Select(one => one.Input).ToList();

        var (first, second, other) = (new Fuzzer(target, 1, corpus), new Fuzzer(target, 1, corpus), new Fuzzer(target, 2, corpus));

        for (var index = 0; index < 20; index++)
            Assert.That(second.InputAt(index), Is.EqualTo(first.InputAt(index)));
        Assert.That(Enumerable.Range(0, 20).Any(index => !other.InputAt(index).AsSpan().SequenceEqual(first.InputAt(index))), Is.True);
    }

    [Test]
    public void Dice_fall_the_same_on_every_machine()
    {
        var dice = Dice.Of(1, "names", 2);

        Assert.That(dice.Bytes(8), Is.EqualTo(Convert.FromHexString(ExpectedDice)));
    }

    [Test]
    public void Identities_are_the_same_in_every_process()
    {
        var all = Enum.GetValues<KeyKind>().SelectMany(kind => new[] { Identities.Server(kind), Identities.Client(kind) })
            .SelectMany(identity => identity.Credential.Certificate.RawData).ToArray();

        Assert.That(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(all))[..16], Is.EqualTo(ExpectedIdentities));
    }

    private const string ExpectedDice = "f5d6c621ffe5f386";
    private const string ExpectedIdentities = "ddbf191929e1dd1b";
}
