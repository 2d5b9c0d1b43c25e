namespace TlsFsm.BogoShim.Exchange;

/// <summary>What callbacks saw during one handshake, for the expectations.</summary>
internal sealed class Notes
{
    /// <summary>What there is to present, each with its place among those announced; -1 is the default one.</summary>
    public List<(TlsCredential Credential, int Index)> Credentials { get; } = [];

    /// <summary>The stapled response that came with the server's certificate; null: no certificate was judged.</summary>
    public byte[]? StapledResponse { get; set; }

    /// <summary>Whether the peer's certificate was found bad, and let in all the same.</summary>
    public bool IsPeerBad { get; set; }

    /// <summary>What a callback found to be other than expected; null: nothing.</summary>
    public string? Mismatch { get; set; }

    /// <summary>Secrets in hexadecimal, by their labels in a key log (RFC 9850).</summary>
    public Dictionary<string, string> Secrets { get; } = [];

    /// <summary>Keeps what a line of a key log says: a label, a random, a secret.</summary>
    public void KeepSecret(string line)
    {
        var words = line.Split(' ');
        Secrets[words[0]] = words[2];
    }
}
