namespace TlsFsm.Tests.Exploration;

/// <summary>All that can happen: on the wire, in the application, at the transport, in time.</summary>
internal static class Steps
{
    private const int Record = 12;

    public static Step Connect { get; } = new("connect", world => !world.IsConnected, world => world.Connect());

    public static Step Turn { get; } = new("a turn of the loop", world => !world.Loop.IsIdle, world => world.Loop.RunOne());

    public static Step Time { get; } = new(
        "half a deadline passes", world => world.Loop.HasTimers, world => world.Loop.Advance(Setting.Deadline / 2));

    public static Step Greeting { get; } = new(
        "peer: hello", world => world.CanReceive && !world.HasGreeted && world.HasRoomIn, world => world.Greet());

    public static Step EndOfStream { get; } = new("peer: end of stream", world => world.CanReceive, world => world.EndStream());

    public static Step Reset { get; } = new(
        "transport: reset", world => world.IsConnected && !world.Lower.IsLost, world => world.CutOff(new IOException("Reset by peer.")));

    /// <summary>What the peer sends.</summary>
    public static IReadOnlyList<Step> Wire { get; } =
    [
        Greeting,
        new("peer: data", Receives, world => world.ReceiveData(Record)),
        new("peer: half a record", world => Receives(world) && world.Undecrypted.Length == 0, world => world.ReceiveHalf(Record)),
        new("peer: the other half", world => world.CanReceive && world.HoldsBack, world => world.ReceiveRest()),
        new("peer: close_notify", Receives, world => world.ReceiveClose()),
        new("peer: data and close_notify at once", Receives, world => world.ReceiveDataAndClose(Record)),
        new("peer: close_notify and plaintext behind it", Receives, world => world.ReceiveClose(plainBytes: 4)),
        new(
            "peer: a bad record",
            world => Receives(world) || (world.CanReceive && !world.HasGreeted && world.Undecrypted.Length == 0),
            world => world.ReceiveBad()),
        new("peer: data and a bad record at once", Receives, world => world.ReceiveDataAndBad(Record)),
        new("peer: key update", Receives, world => world.ReceiveKeyUpdate()),
        EndOfStream,
    ];

    /// <summary>What the transport does by itself.</summary>
    public static IReadOnlyList<Step> Transport { get; } =
    [
        new("transport: pause writing", world => Lives(world) && !world.Lower.IsWritingPaused, world => world.PauseWriting(true)),
        new("transport: resume writing", world => Lives(world) && world.Lower.IsWritingPaused, world => world.PauseWriting(false)),
        new("transport: the network takes 10 bytes", world => world.Lower.UnsentBytes > 0, world => world.Lower.Drain(10)),
        new("transport: lost without an error", world => Lives(world) && world.Lower.UnsentBytes == 0, world => world.CutOff(null)),
        Reset,
    ];

    /// <summary>A transport that was closed has a deadline of its own for what it still holds.</summary>
    public static Step GiveUp { get; } = new(
        "transport: gives up what it still holds", world => world.Lower.IsDraining, world => world.CutOff(new IOException("Nobody reads.")));

    /// <summary>What the application does, from outside its callbacks.</summary>
    public static IReadOnlyList<Step> Application { get; } = [.. Call.All.Select(Step.By)];

    /// <summary>Whom the core asks.</summary>
    public static Step Decision { get; } = new(
        "host: decides", world => world.Asking is { IsAsking: true }, world => world.Asking!.Decide());

    public static IReadOnlyList<Step> All { get; } = [Connect, .. Wire, .. Transport, .. Application, Decision, Turn, Time];

    /// <summary>Without those whose consequences others have as well: for settings that are explored to the end.</summary>
    public static IReadOnlyList<Step> Few { get; } = Without(
        "half a record", "the other half", "data and a bad record", "key update", "two lines", "with an alert", "lost without", "detach",
        "continue");

    /// <summary>What it takes to call back inside each callback.</summary>
    public static IReadOnlyList<Step> Fewest { get; } = Without(
        Few, "data and close_notify", "plaintext", "the network", "write a little", "return to");

    /// <summary>What can end a connection, and no more.</summary>
    public static IReadOnlyList<Step> Endings { get; } =
        Without(Fewest, "data", "a bad", "writing", "reading", "write over", "close our", "passes");

    /// <summary>What can make a transport pause, and the application after it.</summary>
    public static IReadOnlyList<Step> Pauses { get; } = Without(Fewest, "data", "a bad", "reading", "passes");

    /// <summary>For a transport that holds its bytes instead of asking for a pause.</summary>
    public static IReadOnlyList<Step> Slow { get; } = Without(
        Few, "pause writing", "resume writing", "plaintext", "data and close_notify", "close our");

    public static Step Close { get; } = Step.By(Call.Close);

    public static Step Abort { get; } = Step.By(Call.Abort);

    private static Step[] Without(params string[] words) => Without(All, words);

    private static Step[] Without(IReadOnlyList<Step> steps, params string[] words) =>
        [.. steps.Where(step => !Array.Exists(words, word => step.Words.Contains(word, StringComparison.Ordinal)))];

    private static bool Receives(World world) => world.CanReceive && world.HasGreeted && world.HasRoomIn && !world.HoldsBack;

    private static bool Lives(World world) => world.IsConnected && !world.Lower.IsLost;
}
