using System.Globalization;
using System.Security.Authentication;
using System.Text;

namespace TlsFsm.Cli.Rendering;

/// <summary>Prints a line for each message of a connection, and below it the bytes if they are wanted. A message observer.</summary>
/// <param name="output">Safe for several threads.</param>
/// <param name="withBytes">Whether the bytes are wanted.</param>
/// <param name="name">In front of every line, to tell connections apart; empty for none.</param>
internal sealed class MessageTrace(TextWriter output, bool withBytes, string name = "")
{
    public void Print(TlsMessage message)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{name}{(message.IsSent ? ">>>" : "<<<")} {Version(message.Protocol)} {What(message)} ({message.Bytes.Length} bytes");
        text.Append(message.IsProtected ? ", encrypted)" : ")").Append('\n');
        for (var at = 0; withBytes && at < message.Bytes.Length; at += BytesOnLine)
            AppendBytes(text, at, message.Bytes.Slice(at, Math.Min(BytesOnLine, message.Bytes.Length - at)));

        // In one piece, so that the messages of several connections do not mix.
        output.Write(text.ToString());
    }

    /// <summary>Its name.</summary>
    public static string What(TlsMessage message) => message switch
    {
        { IsHelloRetryRequest: true } => "Handshake HelloRetryRequest",
        { HandshakeType: { } type } => $"Handshake {type}",
        { Alert: { } alert } => $"Alert {Level(message.Bytes[0])} {alert}",
        _ => $"{message.ContentType}",
    };

    private static string Level(byte level) => level switch
    {
        1 => "warning",
        2 => "fatal",
        _ => $"level {level}",
    };

    private static string Version(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls12 => "TLS 1.2",
        SslProtocols.Tls13 => "TLS 1.3",
        _ => "TLS",
    };

    /// <summary>Offset, bytes, and the letters among them: a peer's bytes must not mean anything to a terminal.</summary>
    private void AppendBytes(StringBuilder text, int at, ReadOnlySpan<byte> bytes)
    {
        text.Append(CultureInfo.InvariantCulture, $"{name}    {at:x4} ");
        for (var i = 0; i < BytesOnLine; i++)
            text.Append(i < bytes.Length ? string.Create(CultureInfo.InvariantCulture, $" {bytes[i]:x2}") : "   ");
        text.Append("  ");
        foreach (var one in bytes)
            text.Append(one is >= 0x20 and < 0x7F ? (char)one : '.');
        text.Append('\n');
    }

    private const int BytesOnLine = 16;
}
