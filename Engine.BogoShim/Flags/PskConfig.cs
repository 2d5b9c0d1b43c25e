namespace TlsFsm.BogoShim.Flags;

/// <summary>A pre-shared key that is to be imported (RFC 9258), as the flags describe it.</summary>
/// <param name="after">How many other credentials were announced before it.</param>
internal sealed class PskConfig(int after)
{
    public int After => after;

    public byte[] Key { get; set; } = [];

    public byte[] Identity { get; set; } = [];

    public byte[] Context { get; set; } = [];

    public bool IsSha384 { get; set; }
}
