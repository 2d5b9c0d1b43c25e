namespace TlsFsm.Cli.Doctor;

/// <summary>One answer, and what is to be said about it.</summary>
/// <param name="Answer">Yes, no, or not tested.</param>
/// <param name="Detail">How, or why not; null when there is no more to it.</param>
internal sealed record Finding(Answer Answer, string? Detail = null)
{
    public static Finding NotTested(string why) => new(Answer.NotTested, why);
}
