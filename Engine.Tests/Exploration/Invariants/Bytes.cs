namespace TlsFsm.Tests.Exploration;

/// <summary>Our direction.</summary>
internal sealed class AcceptedBytesLeave : Invariant
{
    public override string Sentence => "Every byte that was accepted leaves, in order, before an orderly end, or the end says otherwise.";

    public override string? Broken(World world)
    {
        if (world.Lower.Data.IsBroken)
            return "bytes left out of order, twice, or although they were refused";
        var isOrderly = world.Connection.CloseReason is CloseReason.Clean or CloseReason.Unanswered or CloseReason.Detached;
        if (!isOrderly || world.Connection.State != TlsState.Unwrapped)
            return null;
        if (world.Lower.Data.Count < world.Accepted.Count)
            return $"{world.Connection.CloseReason}, and {world.Accepted.Count - world.Lower.Data.Count} accepted bytes never left";
        return world.Lower.HasDroppedData ? $"{world.Connection.CloseReason}, and the transport still held accepted bytes" : null;
    }
}

/// <summary>The peer's direction.</summary>
internal sealed class ArrivedBytesAreDelivered : Invariant
{
    public override string Sentence =>
        "What is delivered is what the peer has sent, in order; all of it is, before the peer's end is told, unless the application has closed.";

    public override string? Broken(World world)
    {
        if (world.Application.Data.IsBroken)
            return "bytes were delivered out of order, or twice, or from behind the peer's end";
        var isDone = world.Journal.Has(Sight.Eof) && !world.HasClosed;
        return isDone && world.Application.Data.Count < world.WholeFromPeer
            ? $"{world.WholeFromPeer - world.Application.Data.Count} bytes are missing before the end" : null;
    }
}

/// <summary>Kind A of failures, at a reset.</summary>
internal sealed class ALossLosesNothingThatArrived : Invariant
{
    public override string Sentence => "Whoever keeps what arrives for a reader is given all of it when the transport is lost, paused or not.";

    public override string? Broken(World world) =>
        world.Setting.KeepsForItsReader && world.WasWrapped && world.Connection.CloseReason == CloseReason.TransportLost
            && !world.HasClosed && world.Application.Data.Count < world.WholeFromPeer
            ? $"{world.WholeFromPeer - world.Application.Data.Count} bytes that had arrived are lost" : null;
}

/// <summary>Kind A of failures, promise P16.</summary>
internal sealed class TheStreamsEndOvertakesNothing : Invariant
{
    public override string Sentence =>
        "Until the application was told of the peer's end, and for as long as it keeps its own direction open, its writes are accepted.";

    public override string? Broken(World world)
    {
        if (!world.WasWrapped || world.Connection.State == TlsState.Unwrapped || world.Endings.Count > 0 || !world.Transport.IsClosing)
            return null;
        if (world.Journal.Has(Sight.Eof))
            return world.Setting.KeepsOpen ? "writes are dropped of an application that keeps its direction open" : null;

        var isCut = world.HasStreamEnded && !world.HasPeerClosed && !world.Setting.TolerateTruncation;
        return isCut ? null : "writes are dropped of an application that knows of no end";
    }
}

/// <summary>Of a transport that is handed over.</summary>
internal sealed class PlaintextBehindTheCloseIsKept : Invariant
{
    public override string Sentence => "What stands behind the peer's close_notify reaches the next protocol, every byte of it.";

    public override string? Broken(World world) =>
        world.Lower.Protocol == world.Next && world.Endings.Contains(Call.Unwrap) && !world.Endings.Contains(Call.Detach)
        && world.Next.Count != world.BytesBehindClose
            ? $"{world.Next.Count} of {world.BytesBehindClose} bytes" : null;
}

/// <summary>Kind C of failures.</summary>
internal sealed class OutputOfInputIsBounded : Invariant
{
    // A hello and an alert of the toy core, an answer to a key update, and a close_notify.
    private const int Answers = 50;

    public override string Sentence => "Output that input causes is bounded, however little of it leaves.";

    public override string? Broken(World world)
    {
        var own = world.Accepted.Count - world.Lower.Data.Count;
        var records = own; // Each accepted byte has at most a record of its own.
        return world.Transport.WriteBufferSize - own - 3 * records > Answers
            ? $"{world.Transport.WriteBufferSize} bytes wait, {own} of them the application's" : null;
    }
}

/// <summary>Promise P14.</summary>
internal sealed class NothingIsKept : Invariant
{
    public override string Sentence => "Nothing is kept for a connection that is over.";

    public override string? Broken(World world) =>
        world.IsConnected && world.Connection.State == TlsState.Unwrapped
            && world.Transport.ReadBufferSize + world.Transport.WriteBufferSize > 0
            ? $"{world.Transport.ReadBufferSize} bytes in, {world.Transport.WriteBufferSize} out" : null;
}
