namespace TlsFsm.Tests.Exploration;

/// <summary>One thing that can happen to a connection.</summary>
/// <param name="Words">How a script says it.</param>
/// <param name="IsPossible">Whether it can happen now.</param>
/// <param name="Play">Makes it happen.</param>
internal sealed record Step(string Words, Func<World, bool> IsPossible, Action<World> Play)
{
    public static Step By(Call call) => new($"application: {call}", world => world.HasTransport && world.MayCall && Limits(world, call), call.Make);

    public override string ToString() => Words;

    private static bool Limits(World world, Call call) =>
        call == Call.Write || call == Call.WriteMuch || call == Call.WriteLines ? world.HasRoomOut
        : call == Call.PauseReading ? world.Transport.IsReading
        : call != Call.ResumeReading || !world.Transport.IsReading;
}
