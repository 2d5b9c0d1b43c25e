using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Records;

/// <summary>Says how large the next record is, by a policy and by what was written before.</summary>
internal sealed class RecordSizer(TlsRecordSize policy, TimeProvider time)
{
    private long _lastWrite;
    private long _inSmallRecords;

    /// <summary>The most that the next record may hold.</summary>
    public int Next()
    {
        if (policy.Initial == policy.Streaming)
            return policy.Streaming;
        if (_inSmallRecords > 0 && time.GetElapsedTime(_lastWrite, Now()) >= policy.Idle)
            _inSmallRecords = 0;

        return _inSmallRecords >= policy.StreamsAfter ? policy.Streaming : policy.Initial;
    }

    /// <summary>A record was written.</summary>
    public void OnWritten(int bytes)
    {
        if (policy.Initial == policy.Streaming)
            return;

        _lastWrite = Now();
        if (_inSmallRecords < policy.StreamsAfter)
            _inSmallRecords += bytes;
    }

    private long Now() => OwnFaults.Call(nameof(TimeProvider), time.GetTimestamp);
}
