using System.Security.Authentication;

namespace TlsFsm.Tests.Support;

/// <summary>A message observer that keeps what it is shown. For one connection, or where only one is at work.</summary>
internal sealed class MessageNotes
{
    private readonly Lock _gate = new();
    private readonly List<Note> _notes = [];

    /// <summary>All so far.</summary>
    public Note[] All
    {
        get
        {
            lock (_gate)
                return [.. _notes];
        }
    }

    /// <summary>All so far, a line each: direction, name, and a star for what was encrypted.</summary>
    public string[] Lines => [.. All.Select(note => note.ToString())];

    /// <summary>The bytes of what went in one direction.</summary>
    public string[] Bytes(bool isSent) =>
        [.. All.Where(note => note.IsSent == isSent).Select(note => $"{note.Type} {Convert.ToHexString(note.Bytes)}")];

    public void Add(TlsMessage message)
    {
        var name = message switch
        {
            { IsHelloRetryRequest: true } => "HelloRetryRequest",
            { HandshakeType: { } type } => $"{type}",
            { ContentType: TlsContentType.Alert } => $"alert {message.Bytes[0]} {message.Alert?.ToString() ?? "malformed"}",
            _ => $"{message.ContentType}",
        };
        lock (_gate)
            _notes.Add(new Note(message.IsSent, message.ContentType, name, message.IsProtected, message.Protocol, message.Bytes.ToArray()));
    }

    internal sealed record Note(bool IsSent, TlsContentType Type, string Name, bool IsProtected, SslProtocols Protocol, byte[] Bytes)
    {
        public override string ToString() => $"{(IsSent ? '>' : '<')} {Name}{(IsProtected ? " *" : "")}";
    }
}
