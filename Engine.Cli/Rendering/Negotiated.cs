using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Cli.Rendering;

/// <summary>What a handshake settled, in words.</summary>
internal static class Negotiated
{
    /// <summary>Name and value of each fact, those worth showing in a table.</summary>
    public static IEnumerable<(string Name, string Value)> Facts(TlsSessionInfo session)
    {
        yield return ("Version", Version(session.Protocol));
        yield return ("Cipher suite", session.CipherSuite.ToString());
        yield return ("Key exchange", session.Group ?? "none");
        yield return ("ALPN", Alpn(session.ApplicationProtocol));
        yield return ("Server name", Shown(session.ServerName ?? "none"));
        if (session.PeerSignatureScheme is { } scheme)
            yield return ("Peer's signature", scheme);
        if (session.PeerCertificate is not { } certificate)
            yield break;

        yield return ("Peer's certificate", Shown(certificate.Subject));
        yield return ("Issued by", Shown(certificate.Issuer));
        yield return ("Valid until", Until(certificate));
    }

    /// <summary>Name and value of each fact, for <c>--brief</c>: always the same names.</summary>
    public static IEnumerable<(string Name, string Value)> Brief(TlsSessionInfo session)
    {
        yield return ("Version:", Version(session.Protocol));
        yield return ("Cipher suite:", session.CipherSuite.ToString());
        yield return ("Group:", session.Group ?? "none");
        yield return ("Signature:", session.PeerSignatureScheme is { } scheme
            ? $"{scheme} by the peer" : session.OwnSignatureScheme is { } own ? $"{own} by us" : "none");
        yield return ("ALPN:", Alpn(session.ApplicationProtocol));
        yield return ("Server name:", Shown(session.ServerName ?? "none"));
        yield return ("Peer:", Peer(session));
        yield return ("Chain:", session.PeerCertificates.Count == 0
            ? "none" : string.Join(" <- ", session.PeerCertificates.Select(certificate => Shown(certificate.Subject))));
        yield return ("Presented:", Presented(session));
        yield return ("Resumption:", session.IsResumed ? "resumed, no certificate this time" : "new session");
    }

    private static string Peer(TlsSessionInfo session) => session switch
    {
        { PeerCertificate: { } certificate } =>
            $"{Shown(certificate.Subject)}, issued by {Shown(certificate.Issuer)}, valid until {Until(certificate)}",
        { PeerRawPublicKey.IsEmpty: false } => $"raw public key {Convert.ToBase64String(SHA256.HashData(session.PeerRawPublicKey.Span))}",
        { PskIdentity.IsEmpty: false } => $"pre-shared key '{Printable(session.PskIdentity.Span)}'",
        _ => "no certificate",
    };

    private static string Presented(TlsSessionInfo session) => session switch
    {
        { OwnCredential: null } => "nothing",
        { OwnCertificateType: TlsCertificateType.RawPublicKey } => "a raw public key",
        _ => session.OwnCredential.Certificate.Subject,
    };

    /// <summary>An identity is bytes, and the other side's: only what does no harm in a terminal is shown as it is.</summary>
    private static string Printable(ReadOnlySpan<byte> bytes) =>
        Shown(bytes.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) ? $"0x{Convert.ToHexString(bytes)}" : Encoding.ASCII.GetString(bytes));

    /// <summary>All in one line, for a trace.</summary>
    public static string Line(TlsSessionInfo session)
    {
        var line = $"{Version(session.Protocol)}, {session.CipherSuite}, {session.Group ?? "no group"}, ALPN "
            + $"{Alpn(session.ApplicationProtocol)}";
        if (session.ServerName is { } name)
            line += $", server name {Shown(name)}";
        return session.PeerCertificate is { } certificate
            ? $"{line}, peer {Shown(certificate.Subject)} issued by {Shown(certificate.Issuer)}, valid until {Until(certificate)}"
            : $"{line}, no peer certificate";
    }

    private static string Version(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls12 => "TLS 1.2",
        SslProtocols.Tls13 => "TLS 1.3",
        _ => protocol.ToString(),
    };

    private static string Until(X509Certificate2 certificate) =>
        certificate.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static string Alpn(SslApplicationProtocol protocol) => protocol.Protocol.IsEmpty ? "none" : Shown(protocol.ToString());

    /// <summary>The peer's own words: cut, and without what a terminal or a page obeys.</summary>
    private static string Shown(string text) => SafeText.Of(text, 300);
}
