namespace TlsFsm.Tests.Strictness;

/// <summary>A peer that sends what a decent one does not.</summary>
internal interface IRogue
{
    /// <summary>
    /// Puts other records in the place of one that is about to be protected and sent: type and content, as many as it takes.
    /// </summary>
    Func<short, byte[], IEnumerable<(short Type, byte[] Content)>>? Instead { set; }

    /// <summary>Starts.</summary>
    void Begin();

    /// <summary>Protects and sends a record.</summary>
    void Send(short type, byte[] content);

    /// <summary>Sends a KeyUpdate and changes keys.</summary>
    void SendKeyUpdate();

    /// <summary>Sends bytes as they are, behind what was sent before.</summary>
    void SendRaw(byte[] bytes);
}
