using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>How the bytes of a stream are cut into deliveries. TCP may cut anywhere, so it must not matter.</summary>
internal sealed class Cutting
{
    private readonly Dice? _dice;
    private readonly int _most;

    private Cutting(int most, Dice? dice, bool copies)
    {
        _most = most;
        _dice = dice;
        CopiesIntoBuffer = copies;
    }

    /// <summary>Whether the connection's own buffer is filled, rather than bytes handed over.</summary>
    public bool CopiesIntoBuffer { get; }

    /// <summary>As much at once as there is.</summary>
    public static Cutting Whole => new(int.MaxValue, null, copies: false);

    /// <summary>As a transport reads it: 16 KB at a time.</summary>
    public static Cutting Reads => new(16 << 10, null, copies: true);

    /// <summary>Byte by byte, in records' heads and bodies, or at random.</summary>
    public static Cutting Of(byte choice) => (choice % 4) switch
    {
        0 => new Cutting(1, null, copies: false),
        1 => new Cutting(5, null, copies: true),
        2 => new Cutting(400, new Dice(choice), copies: true),
        _ => new Cutting(20, new Dice(choice), copies: false),
    };

    public int Next(int available) => Math.Min(available, _dice is null ? _most : 1 + _dice.Below(_most));
}
