namespace TlsFsm.Soak.Plans;

/// <summary>Who says what, and who ends what.</summary>
internal enum Life
{
    /// <summary>Both write at once; the server closes when it has read all and written all, the client when it has read the end.</summary>
    ServerCloses,

    /// <summary>Both write at once; the client closes when it has read all and written all, the server when it has read the end.</summary>
    ClientCloses,

    /// <summary>The client writes and ends its direction; the server reads to that end, answers, and closes.</summary>
    HalfClosedRequest,

    /// <summary>Both write at once, end their own direction, and read to the other's end.</summary>
    BothHalfClose,
}
