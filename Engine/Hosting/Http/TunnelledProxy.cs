using System.Collections.Concurrent;
using System.Net;

namespace TlsFsm.Hosting.Http;

/// <summary>
/// A handler's proxy, of which the handler sees only what it may do by itself: requests without TLS. To a proxy behind TLS it is sent as if
/// there were none, because the connection that it is given has it.
/// </summary>
internal sealed class TunnelledProxy(IWebProxy inner, ICredentials? usual) : IWebProxy
{
    private readonly ConcurrentDictionary<(string Host, int Port), bool> _secure = new();

    public ICredentials? Credentials
    {
        get => inner.Credentials;
        set => inner.Credentials = value;
    }

    public Uri? GetProxy(Uri destination)
    {
        if (IsTls(destination) || For(destination) is not { } proxy || proxy.Scheme != Uri.UriSchemeHttps)
            return IsTls(destination) ? null : inner.GetProxy(destination);

        // As many as there are proxies.
        _secure[(proxy.IdnHost, proxy.Port)] = true;
        return new UriBuilder(proxy) { Scheme = Uri.UriSchemeHttp, Port = proxy.Port }.Uri;
    }

    public bool IsBypassed(Uri host) => IsTls(host) || inner.IsBypassed(host);

    /// <summary>Whether this is a proxy that is talked to over TLS.</summary>
    public bool IsSecure(DnsEndPoint endPoint) => _secure.ContainsKey((endPoint.Host, endPoint.Port));

    /// <summary>The proxy for an address; null for none.</summary>
    public Uri? For(Uri destination) =>
        !inner.IsBypassed(destination) && inner.GetProxy(destination) is { } proxy && proxy != destination ? proxy : null;

    /// <summary>Who we are to a proxy; null: nobody.</summary>
    public NetworkCredential? CredentialFor(Uri proxy) => (inner.Credentials ?? usual)?.GetCredential(proxy, "Basic");

    private static bool IsTls(Uri destination) => destination.Scheme == Uri.UriSchemeHttps || destination.Scheme == Uri.UriSchemeWss;
}
