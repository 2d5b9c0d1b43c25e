using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>Handshakes of which only one end is counted.</summary>
/// <param name="handshakes">With pairs that have a <see cref="CountedEnd"/>.</param>
internal sealed class OneEndTask(ITask handshakes) : ITask, IForeignClock
{
    public TimeSpan CpuTime => CountedEnd.CpuTime;

    public long Allocated => CountedEnd.Allocated;

    public void Check() => handshakes.Check();

    public void Run(int operations) => handshakes.Run(operations);

    public void Dispose() => handshakes.Dispose();
}
