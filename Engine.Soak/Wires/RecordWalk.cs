namespace TlsFsm.Soak.Wires;

/// <summary>Follows the records of a direction, to find what looks like a close_notify: the contents of an alert are encrypted.</summary>
/// <param name="inTheClear">Bytes before the first record.</param>
internal sealed class RecordWalk(int inTheClear)
{
    private readonly byte[] _header = new byte[HeaderSize];
    private int _headerLength;
    private int _bodyLeft = inTheClear;

    /// <summary>Looks at what passes.</summary>
    /// <param name="data">The next bytes of the direction.</param>
    /// <returns>
    /// Where the first record begins that looks like an alert, and where it ends, in these bytes; null when there is none. A begin below
    /// zero is in what has passed already, an end behind the last byte is still to come.
    /// </returns>
    public (int Begin, int End)? FindAlert(ReadOnlySpan<byte> data)
    {
        (int, int)? found = null;
        for (var at = 0; at < data.Length;)
        {
            if (_bodyLeft > 0)
            {
                var skipped = Math.Min(_bodyLeft, data.Length - at);
                (at, _bodyLeft) = (at + skipped, _bodyLeft - skipped);
                continue;
            }

            _header[_headerLength++] = data[at++];
            if (_headerLength < HeaderSize)
                continue;

            _headerLength = 0;
            _bodyLeft = (_header[3] << 8) | _header[4];
            if (_header[0] == AlertType || (_header[0] == DataType && _bodyLeft == AlertSize13))
                found ??= (at - HeaderSize, at + _bodyLeft);
        }

        return found;
    }

    private const int HeaderSize = 5;
    private const byte AlertType = 21;
    private const byte DataType = 23;

    // TLS 1.3: level and description, the type within, the tag (RFC 8446 section 5.2). Data is never written in so small a piece here.
    private const int AlertSize13 = 2 + 1 + 16;
}
