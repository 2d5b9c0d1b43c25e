using System.Globalization;
using System.Text;

namespace TlsFsm.BogoShim.Exchange;

/// <summary>
/// The messages of a connection in the runner's words, a line each, to the peer's close_notify: our answer to that is not in its lists. A
/// message observer.
/// </summary>
internal sealed class MessageLines
{
    private readonly StringBuilder _text = new();
    private bool _isComplete;

    public string Text => _text.ToString();

    /// <summary>Whether a HelloRetryRequest was among them.</summary>
    public bool HasRetry { get; private set; }

    public void Add(TlsMessage message)
    {
        HasRetry |= message.IsHelloRetryRequest;
        if (_isComplete)
            return;

        _isComplete = message is { IsSent: false, Alert: TlsAlert.CloseNotify };
        var what = message.ContentType switch
        {
            TlsContentType.Handshake => $"hs {(int)message.HandshakeType!}",
            TlsContentType.Alert => $"alert {string.Join(' ', message.Bytes.ToArray())}",
            _ => "ccs",
        };
        _text.Append(CultureInfo.InvariantCulture, $"{(message.IsSent ? "write" : "read")} {what}\n");
    }
}
