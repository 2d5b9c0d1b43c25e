using System.Buffers.Binary;
using TlsFsm.Core.Records;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>
/// What a server does with early data, of which it takes none: a client that sends it all the same is served without (RFC 8446 section
/// 4.2.10).
/// </summary>
internal sealed class EarlyData(PeerConduct conduct)
{
    /// <summary>As BoringSSL: what a client may have sent before it hears from us. We give no ticket that allows any.</summary>
    private const int Max = 16 * 1024;

    /// <summary>
    /// Bytes, protection included, that may still come and are dropped; zero when the client has announced none, or after its end.
    /// </summary>
    private int _left;

    /// <summary>A ClientHello came.</summary>
    /// <param name="isAnnounced">Whether it says that early data follows.</param>
    public void OnClientHello(bool isAnnounced) => _left = isAnnounced ? Max : 0;

    /// <summary>Whether the record at the front may be early data, as far as its header tells.</summary>
    /// <param name="readable">From the record on.</param>
    /// <param name="size">Its size, header included.</param>
    public bool MayBe(ReadOnlySpan<byte> readable, out int size)
    {
        size = 0;
        if (_left == 0 || conduct.IsInsideMessage || readable.Length < RecordHeader.Size || readable[0] != RecordHeader.ApplicationData)
            return false;

        var length = BinaryPrimitives.ReadUInt16BigEndian(readable[3..]);
        size = RecordHeader.Size + length;
        // An empty one is nobody's early data, uses nothing up, and is refused as on any way.
        return length > 0 && length <= _left && conduct.Phase is RecordPhase.Clear13 or RecordPhase.Protected13;
    }

    /// <summary>
    /// Takes a record that may be early data, if it is: after a HelloRetryRequest any that looks protected, otherwise one that our keys do
    /// not open. The first that they open is the client's own flight, and the end of it.
    /// </summary>
    /// <param name="record">Whole.</param>
    /// <param name="cipher">The handshake's; null where BouncyCastle has it.</param>
    /// <returns>False when it must be processed.</returns>
    public bool TryTake(ReadOnlySpan<byte> record, AeadRecordCipher? cipher)
    {
        if (conduct.Phase == RecordPhase.Protected13 && cipher?.IsForged(record) is not true)
        {
            _left = 0;
            return false;
        }

        _left -= record.Length - RecordHeader.Size;
        return true;
    }
}
