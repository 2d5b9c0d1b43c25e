using System.Diagnostics;
using System.Runtime;

namespace TlsFsm.Benchmarks.Measuring;

/// <summary>
/// Measures figures: every contender is warmed up and checked, then all have their turns one after the other, round by round. The
/// clock is the process's CPU time, kernel included, so that what else the machine does matters little.
/// </summary>
internal sealed class Stage(Effort effort, Action<Absence> report)
{
    public IReadOnlyList<Result> Measure(Figure figure)
    {
        var turns = new List<Turn>();
        try
        {
            foreach (var contender in figure.Contenders)
                Admit(figure, contender, turns);

            for (var round = 0; round < effort.Rounds; round++)
            {
                foreach (var turn in turns)
                    turn.Run(figure.UnitsPerOperation);
            }

            return [.. turns.Select(turn => new Result(figure.Id, turn.Name, turn.Values, Statistics.Median(turn.Allocated)))];
        }
        finally
        {
            foreach (var turn in turns)
                turn.Task.Dispose();
        }
    }

    private void Admit(Figure figure, Contender contender, List<Turn> turns)
    {
        if (contender.LeftOut is { } reason)
        {
            report(new Absence(figure.Title, contender.Name, reason));
            return;
        }

        try
        {
            var task = contender.Create();
            task.Check();
            turns.Add(new Turn(contender.Name, task, WarmUp(task)));
        }
        catch (Exception exception)
        {
            report(Absence.Of(figure.Title, contender.Name, exception));
        }
    }

    /// <summary>Runs until the compiler has nothing more to do.</summary>
    /// <returns>How many operations fill a round.</returns>
    private int WarmUp(ITask task)
    {
        var clock = Stopwatch.StartNew();
        var operations = 1;
        while (true)
        {
            var compiled = JitInfo.GetCompilationTime();
            var started = CpuTime(task);
            task.Run(operations);
            var took = CpuTime(task) - started;
            compiled = JitInfo.GetCompilationTime() - compiled;
            if (took < effort.Round / 8)
            {
                operations = Math.Min(operations * 2, int.MaxValue / 4);
                continue;
            }

            if ((clock.Elapsed >= effort.WarmUp && compiled < took * NoMoreCompilation) || clock.Elapsed >= effort.LongestWarmUp)
                return Math.Max(1, (int)Math.Min(operations * (effort.Round / took), int.MaxValue));
        }
    }

    // Handshakes go through thousands of methods: it takes seconds until the last has been compiled for good.
    private const double NoMoreCompilation = 0.02;

    private static TimeSpan CpuTime(ITask task) => task is IForeignClock foreign ? foreign.CpuTime : Environment.CpuUsage.TotalTime;

    private static long AllocatedBy(ITask task) =>
        task is IForeignClock foreign ? foreign.Allocated : GC.GetTotalAllocatedBytes(precise: true);

    private sealed class Turn(string name, ITask task, int operations)
    {
        public string Name => name;

        public ITask Task => task;

        public List<double> Values { get; } = [];

        public List<double> Allocated { get; } = [];

        public void Run(double unitsPerOperation)
        {
            // Nobody pays for another's garbage.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var allocated = AllocatedBy(task);
            var started = CpuTime(task);
            task.Run(operations);
            var took = CpuTime(task) - started;
            Allocated.Add((double)(AllocatedBy(task) - allocated) / operations);
            Values.Add(operations * unitsPerOperation / took.TotalSeconds);
        }
    }
}
