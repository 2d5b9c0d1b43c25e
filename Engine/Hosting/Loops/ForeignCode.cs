namespace TlsFsm.Hosting.Loops;

/// <summary>
/// How hosts call code that is not theirs (callbacks, loggers, clocks, loops of others), where what it throws must not leave a step half
/// done: it is reported, and the caller goes on.
/// </summary>
internal static class ForeignCode
{
    /// <summary>Calls it.</summary>
    /// <param name="loop">Where a throw is reported.</param>
    /// <param name="code">A static lambda allocates nothing.</param>
    /// <param name="argument">Handed to <paramref name="code"/>.</param>
    /// <param name="message">What the report says.</param>
    /// <returns>Whether it did not throw.</returns>
    public static bool Run<T>(this IEventLoop loop, Action<T> code, T argument, string message)
    {
        try
        {
            code(argument);
            return true;
        }
        catch (Exception exception)
        {
            loop.Report(exception, message);
            return false;
        }
    }

    /// <summary>As <see cref="IEventLoop.ReportUnhandled"/>, which may be somebody else's too.</summary>
    public static void Report(this IEventLoop loop, Exception exception, string message)
    {
        try
        {
            loop.ReportUnhandled(exception, message);
        }
        catch (Exception)
        {
            // That was the last resort: nobody is left to be told, and whoever reports has an end to bring about.
        }
    }
}
