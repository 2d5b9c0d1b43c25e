using System.Buffers.Binary;
using TlsFsm.Core.Records;

namespace TlsFsm;

/// <summary>
/// What a server does with early data, of which it takes none: a client that sends it all the same is served without (RFC 8446 section
/// 4.2.10).
/// </summary>
public sealed partial class BouncyCastleCore
{
    /// <summary>Whether the record at the front may be early data, as far as its header tells.</summary>
    /// <param name="size">Its size, header included.</param>
    private bool MayBeEarlyData(out int size)
    {
        size = 0;
        var readable = _incoming!.Readable;
        if (_conduct.EarlyDataToSkip == 0 || _conduct.IsInsideMessage || readable.Length < RecordHeader.Size
            || readable[0] != RecordHeader.ApplicationData)
            return false;

        var length = BinaryPrimitives.ReadUInt16BigEndian(readable[3..]);
        size = RecordHeader.Size + length;
        return length <= _conduct.EarlyDataToSkip && _conduct.Phase is RecordPhase.Clear13 or RecordPhase.Protected13;
    }

    /// <summary>
    /// Drops the record at the front, which is there in full, if it is early data: after a HelloRetryRequest any that looks protected,
    /// otherwise one that our keys do not open. The first that they open is the client's own flight, and the end of it.
    /// </summary>
    private bool TrySkipEarlyData(int size)
    {
        if (_conduct.Phase == RecordPhase.Protected13 && _crypto.HandshakeCipher?.IsForged(_incoming!.Readable[..size]) is not true)
        {
            _conduct.EarlyDataToSkip = 0;
            return false;
        }

        _conduct.EarlyDataToSkip -= size - RecordHeader.Size;
        _incoming!.Consume(size);
        return true;
    }
}
