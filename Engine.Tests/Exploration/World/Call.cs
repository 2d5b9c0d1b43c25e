using TlsFsm.Machines;

namespace TlsFsm.Tests.Exploration;

/// <summary>One thing that an application does, from outside or inside one of its callbacks.</summary>
/// <param name="Words">How a script says it.</param>
/// <param name="Do">What it does.</param>
/// <param name="IsEnding">Whether it ends our direction, or all.</param>
internal sealed record Call(string Words, Action<World> Do, bool IsEnding = false)
{
    public static Call Write { get; } = new("write a little", world => world.Transport.Write(world.OwnBytes(3)));

    public static Call WriteMuch { get; } = new("write over the mark", world => world.Transport.Write(world.OwnBytes(30)));

    public static Call WriteLines { get; } = new(
        "write two lines", world => world.Transport.WriteLines([world.OwnBytes(2), world.OwnBytes(2)]));

    public static Call PauseReading { get; } = new("pause reading", world => world.Transport.PauseReading());

    public static Call ResumeReading { get; } = new("resume reading", world => world.Transport.ResumeReading());

    public static Call WriteEof { get; } = new("close our direction", world => world.Transport.WriteEof(), IsEnding: true);

    public static Call Close { get; } = new("close", world => world.Transport.Close(), IsEnding: true);

    public static Call Abort { get; } = new("abort", world => world.Transport.Abort(), IsEnding: true);

    public static Call Refuse { get; } = new("abort with an alert", world => world.Transport.Abort(TlsAlert.AccessDenied), IsEnding: true);

    public static Call Unwrap { get; } = new("return to plaintext", world => world.Connection.Unwrap(world.Next), IsEnding: true);

    public static Call Detach { get; } = new("detach", world => world.Connection.Detach(world.Next), IsEnding: true);

    public static Call Continue { get; } = new("continue after the handshake", world =>
    {
        world.Connection.ContinueAfterHandshake();
        world.IsContinued = true;
    });

    public static Call Throw { get; } = new("throw", _ => throw new InvalidDataException("The application throws."));

    /// <summary>Every call that a connection can refuse, or make on the wrong thread.</summary>
    public static IReadOnlyList<Call> All { get; } =
        [Write, WriteMuch, WriteLines, PauseReading, ResumeReading, WriteEof, Close, Abort, Refuse, Unwrap, Detach, Continue];

    /// <summary>Makes the call; a refusal is noted, and whether it came before anything had changed.</summary>
    public void Make(World world)
    {
        if (this == Throw)
        {
            world.Journal.Add(Sight.Called, Words);
            Do(world);
            return;
        }

        world.Journal.Add(Sight.Called, Words);
        world.NoteCall();
        var (state, seen) = (world.IsRelived ? "" : Snapshot.Of(world), world.Journal.Count);
        if (IsEnding)
            world.Endings.Add(this);
        try
        {
            Do(world);
        }
        catch (Exception exception) when (exception is (InvalidOperationException or NotSupportedException) and not RefusedTriggerException)
        {
            world.Endings.Remove(this);
            var isLate = world.Journal.Count != seen || (!world.IsRelived && Snapshot.Of(world) != state);
            world.Journal.Add(isLate ? Sight.RefusedTooLate : Sight.Refused, Words);
        }
    }

    /// <summary>Makes the call from elsewhere than the loop, where all are refused before they have done anything.</summary>
    public void MakeElsewhere(World world)
    {
        var (state, seen) = (Snapshot.Of(world), world.Journal.Count);
        var isRefused = false;
        world.Loop.IsOnLoop = false;
        try
        {
            Do(world);
        }
        catch (InvalidOperationException)
        {
            isRefused = true;
        }
        finally
        {
            world.Loop.IsOnLoop = true;
        }

        if (!isRefused || world.Journal.Count != seen || Snapshot.Of(world) != state)
            world.Journal.Add(Sight.RefusedTooLate, $"{Words}, from elsewhere than the loop");
    }

    public override string ToString() => Words;
}
