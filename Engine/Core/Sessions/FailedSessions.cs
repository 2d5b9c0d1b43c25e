using System.Runtime.CompilerServices;

namespace TlsFsm.Core.Sessions;

/// <summary>
/// The lineages of tickets that failed with their connection, which a server that keeps nothing else of a ticket has to remember (RFC 5246
/// section 7.2.2). Those of one ring, in this process; thread-safe.
/// </summary>
internal sealed class FailedSessions
{
    /// <summary>As many as fit 0.5 MB; the oldest goes first. Who fails as often has used up its own tickets alone.</summary>
    private const int Capacity = 8192;

    private static readonly ConditionalWeakTable<ITicketKeyRing, FailedSessions> OfRings = [];

    private readonly Lock _lock = new();
    private readonly HashSet<Guid> _lineages = [];
    private readonly Queue<Guid> _oldestFirst = new();

    public static FailedSessions Of(ITicketKeyRing ring) => OfRings.GetOrCreateValue(ring);

    public void Add(Guid lineage)
    {
        lock (_lock)
        {
            if (!_lineages.Add(lineage))
                return;

            _oldestFirst.Enqueue(lineage);
            if (_oldestFirst.Count > Capacity)
                _lineages.Remove(_oldestFirst.Dequeue());
        }
    }

    public bool Has(Guid lineage)
    {
        lock (_lock)
            return _lineages.Contains(lineage);
    }
}
