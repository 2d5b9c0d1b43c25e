namespace TlsFsm.Tests.Exploration;

/// <summary>What must hold in every world, after each step.</summary>
internal abstract class Invariant
{
    public string Name => GetType().Name;

    /// <summary>What must hold.</summary>
    public abstract string Sentence { get; }

    /// <summary>How it is broken; null if it holds.</summary>
    public abstract string? Broken(World world);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Invariant> All { get; } =
    [
        new OnlyDrawnSteps(), new NothingPlainBeforeWrapped(), new NothingAfterTheEnd(), new OneEnding(), new TheReasonFits(),
        new TheReasonIsDrawn(),
        new ToldInOrder(), new PausesAlternate(), new NobodyIsForgotten(), new OutputNeverWaits(), new AcceptedBytesLeave(),
        new ArrivedBytesAreDelivered(), new TheStreamsEndOvertakesNothing(), new ALossLosesNothingThatArrived(),
        new PlaintextBehindTheCloseIsKept(), new NoTimerIsLeft(),
        new NothingIsKept(), new DeadlinesLookAtProgress(), new EveryWayOutLeadsOut(), new AFailureIsNotToldAsOrderly(),
        new RefusedCallsDoNothing(), new OutputOfInputIsBounded(),
        new TheStateOfTlsSaysWhatHappened(), new TheStateOfTheApplicationSaysWhatItWasTold(), new TheStateOfReadingSaysWhatHappened(),
        new TheStateOfWritingSaysWhatHappened(),
    ];
}
