using TlsFsm.Machines;

namespace TlsFsm.Tests.Machines;

/// <summary>What a connection would say, said by a test. Every fact holds unless it is changed.</summary>
internal sealed class Facts : ILifeFacts
{
    public bool IsFresh { get; set; } = true;

    public bool IsClosedBeforeConnect { get; set; }

    public bool IsEstablished { get; set; } = true;

    public bool CanCloseWrite { get; set; } = true;

    public bool IsRestDelivered { get; set; } = true;

    public bool HasSuccessor { get; set; } = true;

    public bool ToleratesTruncation { get; set; } = true;

    public bool AreBothSidesEnding { get; set; } = true;

    public bool IsOutputHandedOver { get; set; } = true;

    public bool IsTransportFree { get; set; } = true;

    public static Facts NoneHolds => new()
    {
        IsFresh = false, IsEstablished = false, CanCloseWrite = false, AreBothSidesEnding = false, IsOutputHandedOver = false,
        IsTransportFree = false, IsRestDelivered = false, ToleratesTruncation = false, HasSuccessor = false,
    };

    /// <summary>All that can be said: what excludes each other is not said together.</summary>
    public static IEnumerable<Facts> All =>
        from bits in Enumerable.Range(0, 1024)
        where (bits & 3) != 3
        select new Facts
        {
            IsFresh = (bits & 1) != 0,
            IsClosedBeforeConnect = (bits & 2) != 0,
            IsEstablished = (bits & 4) != 0,
            AreBothSidesEnding = (bits & 8) != 0,
            IsOutputHandedOver = (bits & 16) != 0,
            CanCloseWrite = (bits & 32) != 0,
            IsTransportFree = (bits & 64) != 0,
            IsRestDelivered = (bits & 128) != 0,
            ToleratesTruncation = (bits & 256) != 0,
            HasSuccessor = (bits & 512) != 0,
        };

    public void Shuffle(Random random)
    {
        var beginning = random.Next(3);
        IsFresh = beginning == 0;
        IsClosedBeforeConnect = beginning == 1;
        IsEstablished = random.Next(2) == 0;
        AreBothSidesEnding = random.Next(2) == 0;
        IsOutputHandedOver = random.Next(2) == 0;
        IsTransportFree = random.Next(2) == 0;
        CanCloseWrite = random.Next(2) == 0;
        IsRestDelivered = random.Next(2) == 0;
        ToleratesTruncation = random.Next(2) == 0;
        HasSuccessor = random.Next(2) == 0;
    }
}
