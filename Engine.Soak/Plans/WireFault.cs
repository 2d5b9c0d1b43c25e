namespace TlsFsm.Soak.Plans;

/// <summary>What happens to a connection on its way. The first ones are weather that nobody may notice; the others end it.</summary>
internal enum WireFault
{
    /// <summary>Bytes pass as they come.</summary>
    None,

    /// <summary>In pieces of a few bytes.</summary>
    Split,

    /// <summary>Gathered for a while, then at once.</summary>
    Merge,

    /// <summary>Each piece a little later.</summary>
    Delay,

    /// <summary>Nothing for a while, then all of it.</summary>
    Stall,

    /// <summary>The last data (close_notify) and the end of the stream together.</summary>
    EndTogether,

    /// <summary>The end of the stream well behind the last data.</summary>
    EndApart,

    /// <summary>The receiver takes little at a time, from small buffers.</summary>
    SlowReader,

    /// <summary>One direction ends at a place, without a word; the other goes on.</summary>
    HalfClose,

    /// <summary>Both directions end at a place.</summary>
    Cut,

    /// <summary>What looks like a close_notify is lost, and the stream ends there.</summary>
    LostTail,

    /// <summary>Both ends are reset at a place.</summary>
    Reset,

    /// <summary>One end is reset at a place, the other sees an end of stream.</summary>
    ResetOneSide,

    /// <summary>From a place on nothing passes in one direction, not even an end.</summary>
    Silence,

    /// <summary>A byte is altered.</summary>
    Corruption,
}
