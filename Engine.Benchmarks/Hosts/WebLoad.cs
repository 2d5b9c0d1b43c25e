namespace TlsFsm.Benchmarks.Hosts;

/// <summary>What h2load does to a server in one turn.</summary>
/// <param name="Title">As the table says it.</param>
/// <param name="Requests">How many in one turn.</param>
/// <param name="Arguments">Beside their number, for a path.</param>
/// <param name="Path">What is asked for.</param>
internal sealed record WebLoad(string Title, int Requests, string[] Arguments, string Path)
{
    /// <summary>A connection for each request, so that it matters who agrees on its keys.</summary>
    public bool IsOfHandshakes { get; init; }

    /// <summary>What each request leaves to the collector: so many over one connection that its handshake does not count.</summary>
    /// <param name="scale">1 for numbers that count; a part of it for a look.</param>
    public static IReadOnlyList<WebLoad> Garbage(double scale)
    {
        int Times(int count) => Math.Max(100, (int)(count * scale));
        return
        [
            new("Garbage of a small request, HTTP/1.1 (B)", Times(50_000), ["--h1", "-c", "1"], "/small"),
            new("Garbage of 1 MB down, HTTP/1.1 (B)", Times(1000), ["--h1", "-c", "1"], "/large"),
            new("Garbage of a new connection (B)", Times(400), ["--h1", "-c", $"{Times(400)}"], "/small"),
        ];
    }

    /// <param name="scale">1 for numbers that count; a part of it for a look.</param>
    /// <param name="upload">A file of one megabyte.</param>
    public static IReadOnlyList<WebLoad> All(double scale, string upload)
    {
        int Times(int count) => Math.Max(16, (int)(count * scale));
        var news = Times(400);
        return
        [
            new("Kestrel, HTTP/1.1 small", Times(20_000), ["--h1", "-c", "16"], "/small"),
            new("Kestrel, HTTP/2 small", Times(20_000), ["-c", "16", "-m", "10"], "/small"),
            new("Kestrel, 1 MB down, HTTP/1.1", Times(300), ["--h1", "-c", "8"], "/large"),
            new("Kestrel, 1 MB down, HTTP/2", Times(300), ["-c", "8", "-m", "1"], "/large"),
            new("Kestrel, 1 MB up, HTTP/1.1", Times(300), ["--h1", "-c", "8", "-d", upload], "/up"),
            new("Kestrel, new connections", news, ["--h1", "-c", $"{news}"], "/small") { IsOfHandshakes = true },
        ];
    }
}
