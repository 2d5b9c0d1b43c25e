using TlsFsm.Connection;

namespace TlsFsm.Hosting.Loops;

/// <summary>Whether a loop rests, for the guest that wants to hear of it.</summary>
/// <param name="loop">Whose.</param>
/// <param name="watch">Who finds out.</param>
internal sealed class LoopRest(SerialEventLoop loop, RestWatch watch) : RestWatch.IWatched
{
    private LinkedListNode<RestWatch.IWatched>? _place;
    private bool _isWatched, _isResting;

    // Set on the loop; taken back by whoever watches.
    private bool _hasMoved;

    /// <summary>On the loop. Null: nobody.</summary>
    public IResting? Guest { get; set; }

    /// <summary>On the loop: this guest has ended.</summary>
    public void Leave(IResting guest)
    {
        if (Guest != guest)
            return;

        Guest = null;
        _isWatched = false;
        if (_place is { } place)
            watch.Remove(place);
    }

    /// <summary>At the end of a slice; coming to rest alone is no motion.</summary>
    /// <param name="ran">How many callbacks it had.</param>
    public void Move(int ran)
    {
        var isResting = _isResting && ran == 1;
        _isResting = false;
        if (isResting || Guest is null)
            return;

        Volatile.Write(ref _hasMoved, true);
        if (_isWatched)
            return;

        _isWatched = true;
        watch.Add(_place ??= new LinkedListNode<RestWatch.IWatched>(this));
    }

    bool RestWatch.IWatched.TakeMotion()
    {
        var hasMoved = Volatile.Read(ref _hasMoved);
        Volatile.Write(ref _hasMoved, false);
        return hasMoved;
    }

    void RestWatch.IWatched.ComeToRest() => loop.CallSoon(
        static state =>
        {
            var self = (LoopRest)state!;
            (self._isWatched, self._isResting) = (false, true);
            self.Guest?.Rest();
        },
        this);
}
