namespace TlsFsm.Benchmarks.Measuring;

/// <summary>Somebody who is not in a figure.</summary>
/// <param name="Figure">In which.</param>
/// <param name="Contender">Who.</param>
/// <param name="Why">Left out on purpose, not installed, or wrong: in words.</param>
internal sealed record Absence(string Figure, string Contender, string Why)
{
    private const int NoSuchFile = 2;

    public static Absence Of(string figure, string contender, Exception exception) => new(figure, contender, exception switch
    {
        WrongResultException => $"wrong: {exception.Message}",
        MissingPeerException => exception.Message,
        System.ComponentModel.Win32Exception { NativeErrorCode: NoSuchFile } => "not installed",
        _ => $"failed: {exception.GetType().Name}: {exception.Message}",
    });
}
