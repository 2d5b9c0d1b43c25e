namespace TlsFsm.Fuzz.Running;

/// <summary>Changes bytes without knowing what they mean.</summary>
internal static class Mutator
{
    private const int MaxSize = 64 * 1024;

    private static readonly byte[] Telling = [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF, 0x30, 0x82, 0x0A, 0x2D];

    /// <summary>A neighbour of an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="other">Another one, of which parts may be put in.</param>
    /// <param name="dice">Decide.</param>
    public static byte[] Change(byte[] input, byte[] other, Dice dice)
    {
        var bytes = new List<byte>(input);
        for (var count = 1 + dice.Below(4); count > 0; count--)
            Step(bytes, other, dice);
        return bytes.Count <= MaxSize ? [.. bytes] : [.. bytes[..MaxSize]];
    }

    private static void Step(List<byte> bytes, byte[] other, Dice dice)
    {
        var at = bytes.Count == 0 ? 0 : dice.Below(bytes.Count);
        var length = Math.Min(1 + dice.Below(dice.OneIn(4) ? 64 : 4), bytes.Count - at);
        switch (dice.Below(bytes.Count == 0 ? 1 : 8))
        {
            case 0:
                bytes.InsertRange(at, dice.Bytes(1 + dice.Below(8)));
                break;
            case 1:
                bytes[at] ^= (byte)(1 << dice.Below(8));
                break;
            case 2:
                bytes[at] = dice.Of(Telling);
                break;
            case 3:
                bytes[at] = dice.Byte();
                break;
            case 4:
                bytes.RemoveRange(at, length);
                break;
            case 5:
                bytes.InsertRange(dice.Below(bytes.Count), bytes.GetRange(at, length));
                break;
            case 6:
                bytes[at] += (byte)(dice.Below(5) - 2);
                break;
            default:
                if (other.Length > 0)
                {
                    var from = dice.Below(other.Length);
                    bytes.InsertRange(at, other[from..Math.Min(other.Length, from + 1 + dice.Below(32))]);
                }

                break;
        }
    }
}
