using TlsFsm.Core.Messages;
using TlsFsm.Core.Records;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>What the records of a connection hold: shown to the observer first, then held to what the peer may do.</summary>
internal sealed class RecordContents(PeerConduct conduct)
{
    /// <summary>Shows messages to an observer; null without one.</summary>
    public MessageWatch? Watch { get; set; }

    /// <summary>A record came, and is about to be processed.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="body">Its body.</param>
    /// <exception cref="TlsException">It is in clear, and may not hold what it holds.</exception>
    public void Received(RecordHeader header, ReadOnlySpan<byte> body)
    {
        var isClear = conduct.IsInClear(header);
        if (isClear)
            Watch?.Received(header.Type, body, isProtected: false);
        conduct.BeginRecord(header);
        if (isClear && !conduct.IsEstablished)
            conduct.CheckContent(header.Type, body);
    }

    /// <summary>A protected record was opened. Application data that takes the short way does not come here.</summary>
    /// <exception cref="TlsException">It may not hold what it holds.</exception>
    public void Opened(short type, ReadOnlySpan<byte> content)
    {
        Watch?.Received(type, content, isProtected: true);
        conduct.CheckContent(type, content);
    }

    /// <summary>A record was written.</summary>
    /// <param name="type">What it holds.</param>
    /// <param name="content">Before it was encrypted.</param>
    /// <param name="recordSize">How many bytes it became; zero if it was not written after all.</param>
    public void Written(short type, ReadOnlySpan<byte> content, int recordSize) => Watch?.Written(type, content, recordSize);
}
