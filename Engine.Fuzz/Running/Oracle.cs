using System.Globalization;

namespace TlsFsm.Fuzz.Running;

/// <summary>What all targets look at alike.</summary>
internal static class Oracle
{
    /// <summary>Runs code that may throw what is documented, and nothing else, and that may allocate a multiple of its input.</summary>
    /// <param name="size">Bytes of the input.</param>
    /// <param name="most">Bytes allocated for none of it, and for each byte.</param>
    /// <param name="code">Says in words what came out.</param>
    /// <param name="isDocumented">Whether it may throw this.</param>
    public static string Guard(int size, (long Base, long PerByte) most, Func<string> code, Func<Exception, bool> isDocumented)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        string words;
        try
        {
            words = code();
        }
        catch (Exception e) when (e is not FindException)
        {
            if (!isDocumented(e))
                throw new FindException($"Throws {e.GetType().Name}, which is not documented: {e.Message}", e);
            words = $"{e.GetType().Name}: {e.Message}";
        }

        CheckAllocation(GC.GetAllocatedBytesForCurrentThread() - before, size, most);
        return words;
    }

    public static void CheckAllocation(long allocated, long size, (long Base, long PerByte) most)
    {
        var allowed = most.Base + most.PerByte * size;
        if (allocated > allowed)
            throw new FindException(string.Create(
                CultureInfo.InvariantCulture, $"Allocates {allocated} bytes for an input of {size}; {allowed} are allowed."));
    }
}
