namespace TlsFsm;

/// <summary>What the application has been told. The names are those of CPython's asyncio/sslproto, spelt out.</summary>
public enum AppState
{
    /// <summary>Nothing yet. asyncio: <c>STATE_INIT</c>.</summary>
    Init,

    /// <summary>That the connection stands. asyncio: <c>STATE_CON_MADE</c>.</summary>
    ConnectionMade,

    /// <summary>That the peer sends no more. asyncio: <c>STATE_EOF</c>.</summary>
    Eof,

    /// <summary>That the connection is gone. asyncio: <c>STATE_CON_LOST</c>.</summary>
    ConnectionLost,
}
