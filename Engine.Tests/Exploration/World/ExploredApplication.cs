namespace TlsFsm.Tests.Exploration;

/// <summary>The application above the explored connection: notes what it is told, then calls back as its setting says.</summary>
internal class ExploredApplication(World world) : IProtocol
{
    // A reaction that calls for its own callback again must come to an end.
    private const int MaxReactions = 2;

    private int _reactions;

    /// <summary>Whether it has reacted as often as it does.</summary>
    public bool IsSpent => _reactions >= MaxReactions;

    /// <summary>What arrived.</summary>
    public NumberedReceipt Data { get; } = new();

    public void ConnectionMade(ITransport transport) => Note(Sight.Made);

    public virtual void DataReceived(ReadOnlySpan<byte> data) => NoteData(data);

    public bool EofReceived()
    {
        Note(Sight.Eof);
        return world.Setting.KeepsOpen;
    }

    public void ConnectionLost(Exception? exception)
    {
        world.LostWith = exception;
        Note(Sight.Lost);
    }

    public void PauseWriting() => Note(Sight.Pause);

    public void ResumeWriting() => Note(Sight.Resume);

    protected void NoteData(ReadOnlySpan<byte> data)
    {
        Data.Add(data);
        Note(Sight.Data);
    }

    private void Note(Sight sight)
    {
        world.Journal.Add(sight);
        if (world.Setting.Reaction is not { } reaction || reaction.To != sight || IsSpent)
            return;

        _reactions++;
        reaction.Call.Make(world);
    }
}

/// <summary>The same, with a buffer of its own, too small for most.</summary>
internal sealed class ExploredBufferedApplication(World world) : ExploredApplication(world), IBufferedProtocol
{
    private readonly byte[] _buffer = new byte[7];

    public override void DataReceived(ReadOnlySpan<byte> data) =>
        throw new AssertionException("A buffered application is served through its buffer.");

    public Memory<byte> GetBuffer(int sizeHint) => _buffer;

    public void BufferUpdated(int count) => NoteData(_buffer.AsSpan(0, count));
}

/// <summary>Who goes on with the transport when TLS gives it up.</summary>
internal sealed class NextProtocol(World world) : IProtocol
{
    /// <summary>How many bytes it was given.</summary>
    public int Count { get; private set; }

    public void ConnectionMade(ITransport transport) => world.Journal.Add(Sight.NextMade);

    public void DataReceived(ReadOnlySpan<byte> data)
    {
        Count += data.Length;
        world.Journal.Add(Sight.NextData);
    }

    public bool EofReceived() => false;

    public void ConnectionLost(Exception? exception)
    {
    }

    public void PauseWriting()
    {
    }

    public void ResumeWriting()
    {
    }
}
