namespace TlsFsm.Hosting.Loops;

/// <summary>
/// What a loop has to run, first in first out; from any thread. A tenth of the size of the class library's concurrent queue, which every
/// connection would hold.
/// </summary>
internal sealed class LoopQueue
{
    private const int Smallest = 4;

    // Room beyond this goes back when the queue is empty.
    private const int MostKept = 64;

    private (Action<object?> Callback, object? State)[] _items = new (Action<object?>, object?)[Smallest];
    private int _first;
    private int _count;

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    public void Enqueue((Action<object?> Callback, object? State) item)
    {
        lock (this)
        {
            if (_count == _items.Length)
                Grow();

            _items[(_first + _count) & (_items.Length - 1)] = item;
            _count++;
        }
    }

    public bool TryDequeue(out (Action<object?> Callback, object? State) item)
    {
        item = default;
        if (IsEmpty)
            return false;

        lock (this)
        {
            // Slices never run side by side, so nobody else has taken it meanwhile.
            item = _items[_first];
            _items[_first] = default;
            _first = (_first + 1) & (_items.Length - 1);
            _count--;
            if (_count == 0 && _items.Length > MostKept)
                (_items, _first) = (new (Action<object?>, object?)[Smallest], 0);
            return true;
        }
    }

    private void Grow()
    {
        var larger = new (Action<object?>, object?)[_items.Length * 2];
        for (var i = 0; i < _count; i++)
            larger[i] = _items[(_first + i) & (_items.Length - 1)];
        (_items, _first) = (larger, 0);
    }
}
