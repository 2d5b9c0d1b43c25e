namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>
/// The sequence numbers of one direction. BouncyCastle counts records by itself and does not see those that go past it, so this remembers
/// by how many it has run ahead.
/// </summary>
internal struct RecordCount
{
    private long _past;

    /// <summary>The number of the next record.</summary>
    public long Next { get; private set; }

    /// <summary>A record went past BouncyCastle.</summary>
    public void Advance()
    {
        Next = checked(Next + 1);
        _past++;
    }

    /// <summary>The number of a record that BouncyCastle has.</summary>
    /// <param name="seqNo">By its own count.</param>
    public long Take(long seqNo)
    {
        var sequence = seqNo + _past;
        Next = checked(sequence + 1);
        return sequence;
    }

    /// <summary>There is a new key.</summary>
    public void Restart() => _past = Next = 0;
}
