using TlsFsm.Abstractions.Seams;
using TlsFsm.Abstractions.Verification;

namespace TlsFsm;

/// <summary>
/// Chains that were found good a moment ago, so that the next connection to the same peer need not build and verify the same chain again,
/// which takes longer than all the rest of a handshake.
/// </summary>
/// <remarks>
/// <para>
/// What is remembered is that these certificates, all of them and in this order, led to these roots under this policy; never that they did
/// not. The key is a SHA-256 of all of it, the contents of the caller's roots included, so a change of any of it counts at once. Each
/// certificate of the chain must still be within its dates. Host name, pins and a stapled response are examined anew each time, as is the
/// peer's signature.
/// </para>
/// <para>
/// Nothing is remembered where a verdict depends on more than that: with a <see cref="CertificateVerification.RevocationMode"/>, a
/// policy of the caller's (<see cref="CertificateVerification.ByPolicy"/>), a judge (<see cref="CertificateVerification.Custom"/>) or a
/// <see cref="CertificateVerification.Review"/>.
/// </para>
/// <para>Safe for use by any number of threads.</para>
/// </remarks>
public sealed class VerdictMemory
{
    private readonly Dictionary<VerdictKey, ChainVerdict> _verdicts = [];
    private readonly Queue<(VerdictKey Key, ChainVerdict Verdict)> _oldestFirst = [];
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private long _uses;

    /// <summary>An empty memory.</summary>
    /// <param name="lifetime">How long after it was found a verdict is used. Zero: none is remembered. At most a day.</param>
    /// <param name="capacity">
    /// Chains in all; the oldest go first. Default 256: about 5 MB with usual chains, and more peers than are usually met within a second.
    /// </param>
    /// <param name="timeProvider">The clock for lifetimes. Null: the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative lifetime or one of more than a day, or a capacity below 1.</exception>
    public VerdictMemory(TimeSpan lifetime, int capacity = 256, TimeProvider? timeProvider = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lifetime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lifetime, TimeSpan.FromDays(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Lifetime = lifetime;
        Capacity = capacity;
        _time = timeProvider ?? DefaultClock.Instance;
    }

    /// <summary>
    /// The memory of a <see cref="CertificateVerification"/> that names no other: one for the process, with a lifetime of a second.
    /// </summary>
    /// <remarks>
    /// A second, because .NET itself looks at a trust store no more often: on Linux once in a second at the user's, once in five at the
    /// machine's. So a root that is no longer trusted is noticed a second later than without.
    /// </remarks>
    public static VerdictMemory Shared { get; } = new(TimeSpan.FromSeconds(1));

    /// <summary>How long after it was found a verdict is used.</summary>
    internal TimeSpan Lifetime { get; }

    /// <summary>Chains in all.</summary>
    internal int Capacity { get; }

    /// <summary>Chains that are remembered now, those among them whose time is over until the next one comes.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _verdicts.Count;
        }
    }

    /// <summary>Handshakes that were spared the chain.</summary>
    internal long Uses => Interlocked.Read(ref _uses);

    /// <summary>
    /// Forgets everything: the next handshakes build their chains anew. For when trust has changed and a second is too long.
    /// </summary>
    public void Clear()
    {
        lock (_lock)
        {
            _verdicts.Clear();
            _oldestFirst.Clear();
        }
    }

    /// <returns>Null when there is none, or when its time is over.</returns>
    /// <param name="key">What it depended on.</param>
    /// <param name="time">When the certificates are judged, by the connection's clock.</param>
    internal ChainVerdict? Find(VerdictKey key, DateTimeOffset time)
    {
        ChainVerdict? verdict;
        lock (_lock)
            verdict = _verdicts.GetValueOrDefault(key);

        if (verdict is null || IsOver(verdict) || !verdict.IsWithinDates(time))
            return null;

        Interlocked.Increment(ref _uses);
        return verdict;
    }

    /// <summary>Remembers a chain that was just found good.</summary>
    internal void Add(VerdictKey key, ChainVerdict verdict)
    {
        if (Lifetime == TimeSpan.Zero)
            return;

        verdict.FoundAt = _time.GetTimestamp();
        lock (_lock)
        {
            _verdicts[key] = verdict;
            _oldestFirst.Enqueue((key, verdict));

            // All live equally long, so the oldest are the ones whose time is over. One that was found again stands in line twice.
            while (_oldestFirst.TryPeek(out var oldest) && (_oldestFirst.Count > Capacity || IsOver(oldest.Verdict)))
            {
                _oldestFirst.Dequeue();
                if (ReferenceEquals(_verdicts.GetValueOrDefault(oldest.Key), oldest.Verdict))
                    _verdicts.Remove(oldest.Key);
            }
        }
    }

    private bool IsOver(ChainVerdict verdict) => _time.GetElapsedTime(verdict.FoundAt) >= Lifetime;
}
