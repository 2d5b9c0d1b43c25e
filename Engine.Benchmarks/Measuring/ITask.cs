namespace TlsFsm.Benchmarks.Measuring;

/// <summary>Something that is measured: prepared when it is made, then run again and again.</summary>
internal interface ITask : IDisposable
{
    /// <summary>Does it that many times. Only this is timed.</summary>
    void Run(int operations);

    /// <summary>Does it once and looks at every byte, at what was negotiated, at what was verified: outside the timed part.</summary>
    /// <exception cref="WrongResultException">The contender does not do what is measured.</exception>
    void Check();
}
