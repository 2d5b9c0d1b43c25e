using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>What is done to the messages of a peer.</summary>
internal enum Change
{
    SetByte,
    FlipBit,
    AddToByte,
    InsertBytes,
    RemoveBytes,
    Truncate,
    Append,
    Duplicate,
    Drop,
    Hold,
    Retype,
    Replace,
    CopyRange,
    ExtensionRemove,
    ExtensionDuplicate,
    ExtensionSwap,
    ExtensionReplace,
    ExtensionInsert,
    ExtensionTrim,
    ExtensionGrow,
    VectorGrow,
    VectorShrink,
    RecordBefore,
    RecordBehind,
    Fragment,
    Coalesce,
    RawBefore,
    WrongLength,
}

/// <summary>One change.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Which">To which message of the peer, change_cipher_spec and data among them, from zero.</param>
/// <param name="Position">Where in it: a number that is taken modulo its length.</param>
/// <param name="Value">Bytes that go with it.</param>
internal sealed record PlannedChange(Change Kind, int Which, int Position, byte[] Value);

/// <summary>All changes of an input.</summary>
internal static class Plan
{
    private const int MaxChanges = 8;
    private const int MessagesCounted = 16;

    /// <summary>Types of records, and contents that mean something in them.</summary>
    private static readonly byte[][] TellingRecords =
    [
        [21, 1, 0], [21, 2, 0], [21, 1, 90], [21, 1, 100], [21, 2, 40], [21, 2], [21], [20, 1], [20, 2], [20], [23], [23, 65], [22],
        [22, 0, 0, 0, 0], [22, 24, 0, 0, 1, 0], [22, 24, 0, 0, 1, 1], [22, 4, 0, 0, 14, 0, 0, 14, 16, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0],
        [22, 1, 0, 0, 0], [22, 14, 0, 0, 0], [22, 20, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [22, 254, 0, 0, 0], [24, 1], [0, 0],
        [22, 11, 0, 0, 4, 0, 0, 0, 0], [22, 13, 0, 0, 3, 0, 0, 0], [22, 1, 0xFF, 0xFF, 0xFF],
    ];

    /// <summary>Extensions that somebody knows, and bodies that mean something in some of them.</summary>
    private static readonly int[] Types =
        [0, 1, 4, 5, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 27, 28, 35, 41, 42, 43, 44, 45, 47, 48, 49, 50, 51, 52,
            0xFF01, 0x0A0A];

    private static readonly byte[][] Bodies =
    [
        [], [0], [0, 0], [1, 0], [0, 1, 0], [1], [2, 3, 4], [3, 4], [2, 3, 3], [0, 2, 4, 3], [0, 2, 0, 29], [0, 3, 2, 104, 50], [1, 1],
            [0, 29],
        [0, 14, 0, 0, 11, 101, 120, 97, 109, 112, 108, 101, 46, 111, 114, 103], [1, 0, 0, 0, 0], [255, 255, 255, 255], [0, 4, 0, 29, 0, 0],
        [0, 36, 0, 29, 0, 32, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
            30, 31, 32],
        [0, 7, 0, 1, 65, 0, 0, 0, 0, 0, 33, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0],
    ];

    public static IReadOnlyList<PlannedChange> Read(ref InputReader reader)
    {
        var changes = new List<PlannedChange>();
        while (!reader.IsAtEnd && changes.Count < MaxChanges)
        {
            var kind = (Change)(reader.Byte() % Enum.GetValues<Change>().Length);
            changes.Add(new PlannedChange(kind, reader.Byte() % MessagesCounted, reader.UInt16(), reader.Bytes(reader.Byte())));
        }

        return changes;
    }

    /// <summary>An input: a setting, and changes that are likely to mean something.</summary>
    public static byte[] Make(Dice dice)
    {
        var bytes = new List<byte>(dice.Bytes(Setting.Size));

        // Most handshakes are plain ones, so that what is changed is what decides, and with Ed25519, which BouncyCastle has quickest.
        if (!dice.OneIn(3))
            bytes[2] &= (byte)(dice.OneIn(4) ? 0xFF : 0);
        if (!dice.OneIn(6))
            bytes[1] = (byte)((bytes[1] & (dice.OneIn(4) ? 0xFC : 0xF0)) | (int)KeyKind.Ed25519);
        for (var count = dice.OneIn(20) ? 0 : 1 + dice.Below(dice.OneIn(3) ? 4 : 2); count > 0; count--)
            AddChange(bytes, dice);
        return [.. bytes];
    }

    private static void AddChange(List<byte> bytes, Dice dice)
    {
        var kind = (Change)dice.Below(Enum.GetValues<Change>().Length);
        byte[] value = kind switch
        {
            Change.RecordBefore or Change.RecordBehind or Change.RawBefore => dice.OneIn(4) ? dice.Bytes(dice.Below(20))
                : dice.Of(TellingRecords),
            Change.ExtensionInsert => Extension(dice),
            Change.ExtensionReplace => dice.OneIn(3) ? dice.Bytes(dice.Below(12)) : dice.Of(Bodies),
            Change.Replace => dice.OneIn(2) ? dice.Of(TellingRecords)[1..] : dice.Bytes(dice.Below(40)),
            Change.SetByte or Change.AddToByte or Change.Retype => [Telling(dice)],
            _ => dice.Bytes(1 + dice.Below(dice.OneIn(10) ? 100 : 5)),
        };
        var position = dice.OneIn(2) ? dice.Below(80) : dice.Below(0x10000);
        bytes.AddRange([(byte)kind, (byte)dice.Below(dice.OneIn(3) ? MessagesCounted : 5), (byte)(position >> 8), (byte)position]);
        bytes.AddRange([(byte)value.Length, .. value]);
    }

    private static byte[] Extension(Dice dice)
    {
        var type = dice.OneIn(8) ? dice.Below(0x10000) : dice.Of(Types);
        return [(byte)(type >> 8), (byte)type, .. dice.OneIn(4) ? dice.Bytes(dice.Below(16)) : dice.Of(Bodies)];
    }

    private static byte Telling(Dice dice) => dice.OneIn(2) ? dice.Byte() : dice.Of<byte>([0, 1, 2, 3, 4, 0x7F, 0x80, 0xFE, 0xFF]);
}
