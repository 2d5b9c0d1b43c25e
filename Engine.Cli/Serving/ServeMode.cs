namespace TlsFsm.Cli.Serving;

/// <summary>What a server does with the bytes that arrive.</summary>
internal enum ServeMode
{
    /// <summary>Gives them back.</summary>
    Echo,

    /// <summary>Takes them for an HTTP/1.x request and answers with a status page.</summary>
    Www,

    /// <summary>Counts and forgets them.</summary>
    Sink,
}
