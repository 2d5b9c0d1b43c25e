namespace TlsFsm.Core.Strictness;

/// <summary>
/// Follows where handshake messages begin and end, over as many records as they take, ahead of the library that processes them: a
/// message that is too long is refused by its header, before it is gathered, and nothing can stand between its parts.
/// </summary>
/// <remarks>A fragment holds at least one byte, so a message takes no more records than it has bytes, and those are limited.</remarks>
/// <param name="maxSize">The largest message, in bytes, without its header.</param>
internal sealed class MessageBoundaries(int maxSize)
{
    private const int HeaderSize = 4;

    private int _headerBytes;
    private uint _header;
    private int _rest;

    /// <summary>Whether a message has begun and not ended.</summary>
    public bool IsInside { get; private set; }

    /// <summary>Takes what a record brought of messages.</summary>
    /// <exception cref="TlsException">A message is longer than it may be.</exception>
    public void Take(ReadOnlySpan<byte> fragment)
    {
        while (!fragment.IsEmpty)
        {
            if (_headerBytes < HeaderSize)
            {
                _header = (_header << 8) | fragment[0];
                fragment = fragment[1..];
                IsInside = true;
                if (++_headerBytes < HeaderSize)
                    continue;

                _rest = (int)(_header & 0xFF_FFFF);
                Check((byte)(_header >> 24), _rest);
            }

            var taken = Math.Min(_rest, fragment.Length);
            _rest -= taken;
            fragment = fragment[taken..];
            if (_rest > 0)
                continue;

            IsInside = false;
            _headerBytes = 0;
            _header = 0;
        }
    }

    private void Check(byte type, int length)
    {
        if (length > maxSize)
            throw RecordFaults.OversizedMessage.ToException(
                $"a handshake message of {length} bytes, more than {nameof(TlsLimits.MaxHandshakeMessageSize)} ({maxSize}) allows");
        if (length > LongestOf(type))
            throw RecordFaults.MessageLength.ToException($"a handshake message of type {type} and {length} bytes, more than any has");
    }

    /// <summary>RFC 8446 section 4 and RFC 5246 section 7.4: the size of the messages that have one.</summary>
    private static int LongestOf(byte type) => type switch
    {
        0 or 14 => 0,       // hello_request, server_hello_done
        5 => 0,             // end_of_early_data
        20 => 64,           // finished: 12 bytes, or a hash
        24 => 1,            // key_update
        _ => int.MaxValue,
    };
}
