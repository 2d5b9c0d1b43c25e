using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Abstractions;
using TlsFsm.Core.Certificates;

namespace TlsFsm.Core;

/// <summary>What options must not say, checked when a connection is made rather than when it fails.</summary>
internal static class OptionRules
{
    /// <summary>Checks a client's options.</summary>
    /// <returns>The name that the server's certificate must be for; null when the caller judges certificates itself and gave none.</returns>
    /// <exception cref="ArgumentException">The options contradict themselves; the message names how.</exception>
    public static PeerName? Check(TlsClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Verification is null)
            throw new ArgumentException($"{nameof(options.Verification)} is null: there is no connection without a judgement of the certificate.", nameof(options));

        CheckLimits(options);
        CheckProtocols(options.EnabledProtocols, nameof(options));
        CheckApplicationProtocols(options.ApplicationProtocols, nameof(options));
        if (options.TargetHost is null && options.Verification.Judge is null)
            throw new ArgumentException(
                $"{nameof(options.TargetHost)} is null, but {nameof(options.Verification)} checks for which host the certificate is. "
                + $"Give the host, or a {nameof(CertificateVerification)} that judges by itself.", nameof(options));

        if (options.RequireResumption is not null && (options.SessionCache is null || options.TargetHost is null))
            throw new ArgumentException(
                $"{nameof(options.RequireResumption)} needs a {nameof(options.SessionCache)} that has the session, and a {nameof(options.TargetHost)} that it was with.", nameof(options));

        return options.TargetHost is null ? null : PeerName.Parse(options.TargetHost, nameof(options));
    }

    /// <summary>Checks a server's options.</summary>
    /// <exception cref="ArgumentException">The options contradict themselves; the message names how.</exception>
    public static void Check(TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Credential is null)
            throw new ArgumentException($"{nameof(options.Credential)} is null: a server must present a certificate.", nameof(options));
        if (options.ClientVerification is null)
            throw new ArgumentException($"{nameof(options.ClientVerification)} is null: client certificates could not be judged.", nameof(options));
        if (!Enum.IsDefined(options.ClientCertificates))
            throw new ArgumentException($"{nameof(options.ClientCertificates)} has no value {(int)options.ClientCertificates}.", nameof(options));

        CheckLimits(options);
        if (options.RequireResumption is not null && options.TicketKeys is null)
            throw new ArgumentException($"{nameof(options.RequireResumption)} needs {nameof(options.TicketKeys)}: without them nothing is ever resumed.", nameof(options));

        CheckProtocols(options.EnabledProtocols, nameof(options));
        CheckApplicationProtocols(options.ApplicationProtocols, nameof(options));
    }

    private static void CheckLimits(TlsConnectionOptions options)
    {
        if (options.Limits is null)
            throw new ArgumentException($"{nameof(options.Limits)} is null; the defaults are {nameof(TlsLimits)}.{nameof(TlsLimits.Default)}.", nameof(options));
    }

    private static void CheckProtocols(SslProtocols enabled, string name)
    {
        const SslProtocols Known = SslProtocols.Tls12 | SslProtocols.Tls13;
        if ((enabled & Known) == 0)
            throw new ArgumentException($"EnabledProtocols ({enabled}) enables neither TLS 1.2 nor TLS 1.3: there would be nothing to speak.", name);
        if ((enabled & ~Known) != 0)
            throw new ArgumentException($"EnabledProtocols ({enabled}) has {enabled & ~Known}: only TLS 1.2 and TLS 1.3 are spoken.", name);
    }

    private static void CheckApplicationProtocols(IReadOnlyList<SslApplicationProtocol>? protocols, string name)
    {
        if (protocols is null)
            throw new ArgumentException("ApplicationProtocols is null; none is an empty list.", name);

        var total = 0;
        var seen = new HashSet<SslApplicationProtocol>();
        foreach (var protocol in protocols)
        {
            // RFC 7301 section 3.1: names of 1 to 255 bytes, in a list of at most 65,535.
            if (protocol.Protocol.Length is 0 or > 255)
                throw new ArgumentException("ApplicationProtocols has an empty name; a name has 1 to 255 bytes.", name);
            if (!seen.Add(protocol))
                throw new ArgumentException($"ApplicationProtocols has '{protocol}' twice.", name);

            total += 1 + protocol.Protocol.Length;
        }

        if (total > ushort.MaxValue - 2)
            throw new ArgumentException($"ApplicationProtocols takes {total} bytes; ALPN has room for {ushort.MaxValue - 2}.", name);
    }
}
