using System.Collections.Concurrent;
using TlsFsm.Core.BouncyCastle;

namespace TlsFsm.Hosting.Http;

/// <summary>
/// A client's options for each host. What is worked out once for options is kept with them, so a host's are the same again.
/// </summary>
internal sealed class HostOptions
{
    // A client of more hosts than this works things out anew for the others; a crawler must not fill the memory.
    private const int Most = 256;

    private readonly ConcurrentDictionary<string, TlsClientOptions> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly TlsClientOptions _options;

    /// <exception cref="ArgumentException">They make no sense.</exception>
    public HostOptions(TlsClientOptions options)
    {
        _options = options;
        CoreOptions.Check(options with { TargetHost = options.TargetHost ?? "localhost" });
    }

    public TlsClientOptions For(string host)
    {
        if (_options.TargetHost is not null)
            return _options;
        if (_known.TryGetValue(host, out var known))
            return known;

        var options = _options with { TargetHost = host };
        return _known.Count < Most ? _known.GetOrAdd(host, options) : options;
    }
}
