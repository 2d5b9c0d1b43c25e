using System.Diagnostics;

namespace TlsFsm.Fuzz.Running;

/// <summary>Runs inputs of one target: which ones depends on seed, target and committed corpus alone.</summary>
internal sealed class Fuzzer
{
    private readonly ITarget _target;
    private readonly ulong _seed;
    private readonly List<byte[]> _corpus;

    public Fuzzer(ITarget target, ulong seed, IEnumerable<byte[]> corpus)
    {
        _target = target;
        _seed = seed;
        _corpus = [.. corpus];
    }

    public ITarget Target => _target;

    /// <summary>Inputs run so far.</summary>
    public long Runs { get; private set; }

    /// <summary>Handshakes begun so far.</summary>
    public long Connections { get; private set; }

    /// <summary>Kinds of outcome so far.</summary>
    public HashSet<string> Kinds { get; } = [];

    public List<Find> Finds { get; } = [];

    /// <summary>Told of an input that is about to run: a run that does not come back is known by it.</summary>
    public Action<ITarget, byte[], long>? Starting { get; init; }

    /// <summary>Whether inputs with a new kind of outcome are built upon. Then what comes later depends on what came before.</summary>
    public bool Grows { get; init; }

    /// <summary>Told of each input with a new kind of outcome.</summary>
    public Action<byte[], Outcome>? Discovered { get; init; }

    /// <summary>The input of this number.</summary>
    public byte[] InputAt(long index)
    {
        var dice = Dice.Of(_seed, _target.Name, index);
        return _corpus.Count > 0 && dice.OneIn(2) ? Mutator.Change(dice.Of(_corpus), dice.Of(_corpus), dice) : _target.Make(dice);
    }

    /// <summary>Runs on, until the time is over or so many have run.</summary>
    public void Run(TimeSpan time, long runs, int maxFinds = 10)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < time && runs > 0 && Finds.Count < maxFinds; runs--)
            RunOne();
    }

    private void RunOne()
    {
        var index = Runs++;
        var input = InputAt(index);
        Starting?.Invoke(_target, input, index);
        if (Try(_target, input, out var outcome) is { } find)
        {
            Finds.Add(find with { Seed = _seed, Index = index });
            return;
        }

        Connections += outcome!.Connections;
        if (!Kinds.Add(outcome.Kind))
            return;

        if (Grows)
            _corpus.Add(input);
        Discovered?.Invoke(input, outcome);
    }

    /// <summary>Runs one input.</summary>
    /// <returns>Null when all holds.</returns>
    public static Find? Try(ITarget target, byte[] input, out Outcome? outcome)
    {
        try
        {
            outcome = target.Run(input);
            return null;
        }
        catch (FindException e)
        {
            outcome = null;
            return new Find(target.Name, input, e.Message, null, 0, e.InnerException);
        }
#pragma warning disable CA1031 // Whatever escapes a target is a find.
        catch (Exception e)
        {
            outcome = null;
            return new Find(target.Name, input, $"{e.GetType().Name} escapes: {e.Message}", null, 0, e);
        }
#pragma warning restore CA1031
    }
}
