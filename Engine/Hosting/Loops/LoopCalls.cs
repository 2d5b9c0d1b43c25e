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
