using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Exchange;

/// <summary>One connection of a run: its flags, its loop, what its callbacks saw.</summary>
internal sealed record Turn(ShimConfig Config, Shared Shared, Notes Notes, ShimLoop Loop)
{
    /// <summary>Answers at once, or as late as the flags say.</summary>
    public void Answer(Action answer)
    {
        if (Config.IsAsync)
            Loop.CallMuchLater(answer);
        else
            answer();
    }
}
