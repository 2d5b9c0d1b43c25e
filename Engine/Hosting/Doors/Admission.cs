using System.Collections.Concurrent;
using TlsFsm.Hosting.Connections;

namespace TlsFsm.Hosting.Doors;

/// <summary>
/// When a listener may accept: while there is a place, and a place for a handshake. Who stands in a handshake for too long while others
/// wait gives its place up, the oldest first. From any thread; one acceptor.
/// </summary>
/// <param name="options">How many there may be.</param>
/// <param name="time">A clock that does not throw.</param>
internal sealed class Admission(TlsListenerOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<ListenerGuest, byte> _guests = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource? _change;
    private int _open;
    private int _handshakes;

    /// <summary>Those whose sockets are open.</summary>
    public ICollection<ListenerGuest> Guests => _guests.Keys;

    public int Count => _guests.Count;

    /// <summary>Takes a place.</summary>
    /// <returns>False: all are taken.</returns>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_open >= options.MaxConnections || _handshakes >= MostHandshakes)
                return false;

            _open++;
            _handshakes++;
            return true;
        }
    }

    /// <summary>The option by which a place was refused.</summary>
    public string LimitReached
    {
        get
        {
            lock (_gate)
                return _open >= options.MaxConnections ? nameof(options.MaxConnections) : nameof(options.MaxHandshakes);
        }
    }

    /// <summary>The place is somebody's.</summary>
    public void Enter(ListenerGuest guest)
    {
        guest.EnteredAt = time.GetTimestamp();
        _guests.TryAdd(guest, 0);
        guest.Connection.Connection.Handshake.ContinueWith(
            static (_, state) => ((ListenerGuest)state!).EndHandshake(), guest, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>A handshake has come to an end, whichever.</summary>
    public void EndHandshake() => Release(handshakes: 1, places: 0);

    /// <summary>A place is free.</summary>
    /// <param name="guest">Whose it was; null for one that nobody came to have.</param>
    public void Leave(ListenerGuest? guest)
    {
        if (guest is null)
        {
            Release(handshakes: 1, places: 1);
            return;
        }

        _guests.TryRemove(guest, out _);
        guest.EndHandshake();
        Release(handshakes: 0, places: 1);
    }

    /// <summary>Waits until there may be a place. A handshake that is too old makes room, if somebody waits for it.</summary>
    /// <param name="hasWaiting">Whether somebody waits to be accepted.</param>
    /// <param name="shed">Told of each that had to go, before it goes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WaitAsync(Func<bool> hasWaiting, Action<ListenerGuest> shed, CancellationToken cancellationToken)
    {
        Task change;
        lock (_gate)
        {
            if (_open < options.MaxConnections && _handshakes < MostHandshakes)
                return;

            change = (_change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        if (Oldest() is not { } oldest)
        {
            await change.WaitAsync(cancellationToken);
            return;
        }

        var age = time.GetElapsedTime(oldest.EnteredAt);
        if (age >= options.HandshakeGrace && hasWaiting())
        {
            shed(oldest);
            oldest.Shed();
            await change.WaitAsync(cancellationToken);
            return;
        }

        // Nobody waits yet, or the oldest has time left.
        var pause = age >= options.HandshakeGrace ? LookAgain : options.HandshakeGrace - age;
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(pause, time, waiting.Token);

        // Its time may have gone by between the look at the clock and the timer.
        if (age >= options.HandshakeGrace || time.GetElapsedTime(oldest.EnteredAt) < options.HandshakeGrace)
            await Task.WhenAny(change, delay);
        await waiting.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private int MostHandshakes => options.MaxHandshakes ?? int.MaxValue;

    /// <summary>That is in its handshake, and was not told to go yet.</summary>
    private ListenerGuest? Oldest() => _guests.Keys.Where(guest => guest.IsInHandshake).MinBy(guest => guest.EnteredAt);

    private void Release(int handshakes, int places)
    {
        TaskCompletionSource? change;
        lock (_gate)
        {
            _handshakes -= handshakes;
            _open -= places;
            (change, _change) = (_change, null);
        }

        change?.SetResult();
    }

    /// <summary>How soon a newcomer is noticed that finds every place taken by somebody who may be shed.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);
}
