namespace TlsFsm.Core.Strictness;

/// <summary>Which peer a fault can come from.</summary>
internal enum FaultSource
{
    /// <summary>A client, when we are the server.</summary>
    Client,

    /// <summary>A server, when we are the client.</summary>
    Server,

    /// <summary>Either.</summary>
    Either,
}
