using System.Buffers;
using System.Security.Authentication;
using TlsFsm.Core.Records;

namespace TlsFsm.Core.Messages;

/// <summary>
/// Shows an observer the messages of a connection, put together from what records hold, in the order of the wire: what was received as
/// soon as its record is open, and before anything judges it; what is sent when its step has come to its end.
/// </summary>
/// <remarks>
/// That end is where output leaves. A step that is dropped and gone through again with a signature (the handshake tape) shows nothing the
/// first time, and the second time only what is new.
/// </remarks>
internal sealed class MessageWatch(Action<TlsMessage> observer)
{
    private readonly Gathered _received = new();
    private readonly Gathered _sent = new();
    private readonly List<(short Type, bool IsProtected, int Size)> _leaving = [];
    private readonly ArrayBufferWriter<byte> _leavingBytes = new();
    private SslProtocols _protocol;
    private int _left;
    private int _leftBefore;
    private bool _isReplaying;
    private bool _isOver;

    /// <summary>A record came, and this is what it holds. Not called for application data that takes the short way.</summary>
    public void Received(short type, ReadOnlySpan<byte> content, bool isProtected)
    {
        if (!_isReplaying)
            Show(_received, type, content, isProtected, isSent: false);
    }

    /// <summary>Records came that will not be taken, because the connection is refused by what they say.</summary>
    /// <param name="records">In clear; the last one may be cut.</param>
    public void ReceivedUntaken(ReadOnlySpan<byte> records)
    {
        while (records.Length >= RecordHeader.Size)
        {
            var size = RecordHeader.Size + (records[3] << 8 | records[4]);
            if (records.Length < size)
                break;

            Received(records[0], records[RecordHeader.Size..size], isProtected: false);
            records = records[size..];
        }
    }

    /// <summary>A record was written. Shown by <see cref="Leave"/>.</summary>
    /// <param name="type">What it holds.</param>
    /// <param name="content">Before it was encrypted.</param>
    /// <param name="recordSize">
    /// How many bytes it became: zero if it was not written after all, more than header and content if it is encrypted.
    /// </param>
    public void Written(short type, ReadOnlySpan<byte> content, int recordSize)
    {
        if (recordSize == 0 || type == RecordHeader.ApplicationData)
            return;
        if (_leftBefore > 0)
        {
            _leftBefore--;
            return;
        }

        _leaving.Add((type, recordSize > RecordHeader.Size + content.Length, content.Length));
        _leavingBytes.Write(content);
    }

    /// <summary>What was written leaves.</summary>
    public void Leave()
    {
        if (_leaving.Count == 0)
            return;

        var bytes = _leavingBytes.WrittenSpan;
        foreach (var (type, isProtected, size) in _leaving)
        {
            Show(_sent, type, bytes[..size], isProtected, isSent: true);
            bytes = bytes[size..];
        }

        _left += _leaving.Count;
        Drop();
    }

    /// <summary>What was written since does not leave.</summary>
    public void Drop()
    {
        _leaving.Clear();
        _leavingBytes.ResetWrittenCount();
    }

    /// <summary>The handshake is gone through again from its beginning: what was shown is not shown again.</summary>
    public void BeginReplay()
    {
        Drop();
        _isReplaying = true;
        _leftBefore = _left;
    }

    /// <summary>What comes now is new.</summary>
    public void EndReplay() => _isReplaying = false;

    /// <summary>Nothing more happens on the wire, whatever the library still does.</summary>
    public void End()
    {
        Drop();
        _isOver = true;
    }

    private void Show(Gathered gathered, short type, ReadOnlySpan<byte> content, bool isProtected, bool isSent)
    {
        if (type == RecordHeader.Handshake)
            ShowMessages(gathered, content, isProtected, isSent);
        else if (type is RecordHeader.Alert or RecordHeader.ChangeCipherSpec && !content.IsEmpty)
            Tell((TlsContentType)type, content, isProtected, isSent);
    }

    /// <summary>Messages that lie whole in a record are shown where they lie; only what is cut is gathered.</summary>
    private void ShowMessages(Gathered gathered, ReadOnlySpan<byte> content, bool isProtected, bool isSent)
    {
        if (!gathered.IsEmpty)
        {
            var missing = gathered.Missing(content);
            if (missing > content.Length)
            {
                gathered.Add(content);
                return;
            }

            gathered.Add(content[..missing]);
            content = content[missing..];
            Tell(TlsContentType.Handshake, gathered.Bytes, isProtected, isSent);
            gathered.Clear();
        }

        while (SizeOf(content) is var size and > 0 && size <= content.Length)
        {
            Tell(TlsContentType.Handshake, content[..size], isProtected, isSent);
            content = content[size..];
        }

        gathered.Add(content);
    }

    private void Tell(TlsContentType type, ReadOnlySpan<byte> bytes, bool isProtected, bool isSent)
    {
        if (_isOver)
            return;
        if (type == TlsContentType.Handshake && bytes[0] == (byte)TlsHandshakeType.ServerHello && _protocol == SslProtocols.None)
            _protocol = ServerHelloReader.VersionOf(bytes);

        observer(new TlsMessage { IsSent = isSent, ContentType = type, Bytes = bytes, IsProtected = isProtected, Protocol = _protocol });
    }

    /// <summary>The size of a message by its header, and that header's; zero while the header is not there in full.</summary>
    private static int SizeOf(ReadOnlySpan<byte> message) => message.Length < 4 ? 0 : 4 + (message[1] << 16 | message[2] << 8 | message[3]);

    /// <summary>
    /// The part of a message that came with the records so far. What is longer than allowed is refused by its header, so it does not grow
    /// for ever.
    /// </summary>
    private sealed class Gathered
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();

        public bool IsEmpty => _bytes.WrittenCount == 0;

        public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

        /// <summary>How many of the next bytes belong to it; more than there are when it does not end in them.</summary>
        public int Missing(ReadOnlySpan<byte> next)
        {
            Span<byte> head = stackalloc byte[4];
            var known = Math.Min(head.Length, _bytes.WrittenCount);
            Bytes[..known].CopyTo(head);
            var taken = Math.Min(head.Length - known, next.Length);
            next[..taken].CopyTo(head[known..]);
            return SizeOf(head[..(known + taken)]) is var size and > 0 ? size - _bytes.WrittenCount : next.Length + 1;
        }

        public void Add(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

        public void Clear() => _bytes.ResetWrittenCount();
    }
}
