using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Worst;

namespace TlsFsm.Tests.Fuzzing;

/// <summary>What comes before anybody has proved anything costs what its bytes cost, and twice as much for twice the bytes.</summary>
public sealed class WorstInputTests
{
    private const int Size = 7_000;

    // Buffers that double, signatures that differ in size; and twice twice, because lists grow by steps.
    private const double Most = 2.2 * 2.2;
    private const long Noise = 64 * 1024;

    private static IEnumerable<string> Names => WorstInputs.All.Select(input => input.Name);

    [Test]
    public void Twice_the_bytes_allocate_twice_as_much_at_most([ValueSource(nameof(Names))] string name)
    {
        var input = WorstInputs.All.Single(one => one.Name == name);
        Identities.Prepare(KeyKind.Ed25519);

        // Pools grow once.
        input.Run(4 * Size);

        var (small, large) = (input.Run(Size), input.Run(4 * Size));

        Assert.That(large.Allocated, Is.AtMost(Most * small.Allocated + Noise), $"{small} {large}");
        Assert.That(large.Allocated, Is.AtMost(4 << 20), large.Words);
    }

    [Test]
    public void An_input_that_costs_the_square_of_its_size_would_be_seen()
    {
        var square = new WorstInput("square", IsForServer: true, size => new WorstCost(size, (long)size * size / 100, default, ""));

        var (small, large) = (square.Run(Size), square.Run(4 * Size));

        Assert.That(large.Allocated, Is.GreaterThan(Most * small.Allocated + Noise));
    }
}
