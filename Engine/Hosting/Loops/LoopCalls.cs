using System.Diagnostics;

namespace TlsFsm.Hosting.Loops;

/// <summary>What hosts do with loops of any kind.</summary>
internal static class LoopCalls
{
    /// <summary>
    /// For completions, which have nothing else to do: in this very call where the loop can do that and rests, else on the next turn.
    /// </summary>
    public static void CallNowOrSoon(this IEventLoop loop, Action<object?> callback, object? state)
    {
        if (loop is SerialEventLoop serial)
            serial.CallNowOrSoon(callback, state);
        else
            loop.CallSoon(callback, state);
    }

    /// <summary>
    /// As <see cref="CallNowOrSoon(IEventLoop, Action{object?}, object?)"/>, for the call of an application: what the slice leaves behind
    /// for it runs elsewhere.
    /// </summary>
    public static void CallFromApplication(this IEventLoop loop, Action<object?> callback, object? state)
    {
        if (loop is SerialEventLoop serial)
            serial.CallNowOrSoon(callback, state, mayRunBehind: false);
        else
            loop.CallSoon(callback, state);
    }

    /// <summary>The first callback of a transport: in this very call for a caller that waits anyway, else on the next turn.</summary>
    public static void Begin(this IEventLoop loop, Action<object?> callback, object? state, bool callerWaits)
    {
        if (callerWaits)
            loop.CallFromApplication(callback, state);
        else
            loop.CallSoon(callback, state);
    }

    /// <summary>Lets an application go on that waits: behind the loop's slice where the loop can do that, never inside of it.</summary>
    public static void CallBehind(this IEventLoop loop, Action<object?> callback, object? state)
    {
        if (loop is SerialEventLoop serial)
            serial.CallBehind(callback, state);
        else
            ThreadPool.UnsafeQueueUserWorkItem(callback, state, preferLocal: true);
    }

    /// <summary>The loop's timestamp; where its clock throws, the machine's.</summary>
    public static long Now(this IEventLoop loop)
    {
        try
        {
            return loop.TimeProvider.GetTimestamp();
        }
        catch (Exception exception)
        {
            loop.Report(exception, "The event loop's clock threw.");
            return Stopwatch.GetTimestamp();
        }
    }
}
