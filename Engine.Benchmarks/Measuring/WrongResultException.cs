namespace TlsFsm.Benchmarks.Measuring;

/// <summary>A contender did something else than what is measured, so its figure would be a lie.</summary>
internal sealed class WrongResultException(string message) : Exception(message)
{
    /// <summary>Throws unless something holds.</summary>
    public static void ThrowUnless(bool holds, string message)
    {
        if (!holds)
            throw new WrongResultException(message);
    }
}
