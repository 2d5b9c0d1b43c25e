using System.Net.Http;
using System.Net.Security;

namespace TlsFsm.Hosting.Http;

/// <summary>A client's options for a request: its host's, with the protocols that its version asks for.</summary>
internal sealed class HttpOptions
{
    private readonly HostOptions _first;
    private readonly HostOptions? _second;
    private readonly HostOptions? _either;

    /// <exception cref="ArgumentException">They make no sense.</exception>
    public HttpOptions(TlsClientOptions options)
    {
        var named = options.ApplicationProtocols;
        _first = new HostOptions(options with { ApplicationProtocols = [SslApplicationProtocol.Http11] });
        if (named.Count > 0 && !named.Contains(SslApplicationProtocol.Http2))
            return;

        _second = new HostOptions(options with { ApplicationProtocols = [SslApplicationProtocol.Http2] });
        _either = new HostOptions(
            options with { ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] });
    }

    /// <summary>Whether the handler asks what was agreed on.</summary>
    public static bool IsAsked(HttpRequestMessage request) =>
        request.Version.Major >= 2 || request.VersionPolicy == HttpVersionPolicy.RequestVersionOrHigher;

    public TlsClientOptions For(HttpRequestMessage request)
    {
        var options = !IsAsked(request) ? _first
            : request.Version.Major >= 2 && request.VersionPolicy != HttpVersionPolicy.RequestVersionOrLower ? _second
            : _either;
        return (options ?? _first).For(request.RequestUri!.IdnHost);
    }
}
